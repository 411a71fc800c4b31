import type { Request, Response } from 'express';
import multer from 'multer';
import { ShoalError } from '../../core/errors';
import { uploadTooLarge } from '../../serving/upload-limit';
import { formatOfName, isModelFileName, modelFileName, ortFileName } from '../onnx/model-format';
import { ByteBudget } from '../upload/byte-budget';
import { faultOfName, TakenNames } from '../upload/file-name';
import type { Inbox, ReceivedFile } from '../upload/inbox';

/** What a multipart form brings. */
export interface UploadForm {
  /** The file in `path`, and what it is by its name. */
  readonly main: ReceivedFile;
  readonly isArchive: boolean;
  /** Those in `files`. */
  readonly beside: readonly ReceivedFile[];
  readonly config: string | undefined;
  readonly description: string | undefined;
}

export interface UploadLimits {
  /** Of all files together. */
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** What the form may have besides the files, in bytes: fields, and the heads of parts. */
export function formBytes(maxFiles: number): number {
  return 3 * 1024 * 1024 + maxFiles * 2048;
}

export const wantedPath = "Model's path name must be 'path'";

/** What the storage engine below adds to multer's description of a file. */
type StoredFile = Partial<Express.Multer.File> & { readonly received: ReceivedFile };

/**
 * Reads a form into an inbox, which the caller discards. Throws too_large, invalid_request,
 * unsupported_media_type, malformed_body, client_closed.
 */
export async function readUploadForm(
  request: Request,
  response: Response,
  inbox: Inbox,
  limits: UploadLimits,
): Promise<UploadForm> {
  await parsed(request, response, inbox, limits);
  const files = request.files as Readonly<Record<string, readonly StoredFile[]>> | undefined;
  const fields = request.body as Readonly<Record<string, unknown>>;
  const main = files?.['path']?.[0];
  if (main === undefined) throw new ShoalError('invalid_request', `${wantedPath}; no file came.`);
  const unknown = Object.keys(fields).find((name) => !textFields.includes(name));
  if (unknown !== undefined || main.received.bytes === 0) {
    throw new ShoalError(
      'invalid_request',
      unknown === undefined
        ? `The file in 'path' is empty.`
        : `Unknown form field '${unknown}'; there are path, files, config and model_description.`,
    );
  }
  const beside = (files?.['files'] ?? []).map(({ received }) => received);
  refuseSameNames(beside);
  return {
    main: main.received,
    isArchive: archiveEnding.test(main.originalname ?? ''),
    beside,
    config: textOf(fields['config']),
    description: textOf(fields['model_description']),
  };
}

const textFields = ['config', 'model_description'];
const archiveEnding = /\.(zip|tar|tar\.gz|tgz)$/i;

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function refuseSameNames(beside: readonly ReceivedFile[]): void {
  const taken = new TakenNames();
  for (const name of [modelFileName, ortFileName]) taken.add(name);
  const twice = beside.find(({ name }) => !taken.add(name));
  if (twice === undefined) return;
  throw new ShoalError(
    'invalid_request',
    `The file '${twice.name}' in 'files' has the name of another one, or of the model.`,
  );
}

/** Resolves when multer has read the form; rejects as soon as the body is longer than allowed. */
function parsed(
  request: Request,
  response: Response,
  inbox: Inbox,
  limits: UploadLimits,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const most = limits.maxBytes + formBytes(limits.maxFiles);
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > most) reject(uploadTooLarge(limits.maxBytes));
    });
    formOf(inbox, limits)(request, response, (error: unknown) => {
      if (error === undefined) resolve();
      else reject(formError(error));
    });
  });
}

function formOf(
  inbox: Inbox,
  { maxBytes, maxFiles }: UploadLimits,
): ReturnType<multer.Multer['fields']> {
  const limits = { files: maxFiles, fields: 4, parts: maxFiles + 4, fieldSize: 1024 * 1024 };
  const budget = new ByteBudget(maxBytes, () => uploadTooLarge(maxBytes));
  return multer({
    limits: { ...limits, headerPairs: 20 },
    preservePath: true,
    fileFilter(_request, { fieldname, originalname }, decide) {
      const fault = fieldname === 'path' ? faultOfEnding(originalname) : faultOf(originalname);
      if (fault === undefined) decide(null, true);
      else decide(fault);
    },
    storage: {
      _handleFile(_request, { fieldname, originalname, stream }, done) {
        const name = fieldname === 'path' ? mainName(originalname) : originalname;
        inbox.receive(name, stream, budget).then((received) => {
          const stored: StoredFile = { received };
          done(undefined, stored);
        }, done);
      },
      _removeFile(_request, _file, done) {
        done(null);
      },
    },
  }).fields([{ name: 'path', maxCount: 1 }, { name: 'files' }]);
}

/** Nothing but the ending counts of what the caller calls the model. */
function mainName(name: string): string {
  return formatOfName(name) === 'ort' ? ortFileName : modelFileName;
}

function faultOfEnding(name: string): ShoalError | undefined {
  if (isModelFileName(name) || archiveEnding.test(name)) return undefined;
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0];
  return new ShoalError(
    'unsupported_media_type',
    `Only files that end in .onnx or .ort are taken, and archives: .zip, .tar, .tar.gz and .tgz; ` +
      `the file in 'path' ends in ${ending ?? 'nothing'}.`,
  );
}

function faultOf(name: string): ShoalError | undefined {
  const fault = faultOfName(name);
  if (fault === undefined) return undefined;
  return new ShoalError(
    'invalid_request',
    `A file in 'files' has the name ${JSON.stringify(name.slice(0, 100))}, which ${fault}.`,
  );
}

function formError(error: unknown): ShoalError {
  if (error instanceof ShoalError) return error;
  if (error instanceof multer.MulterError) return multerError(error);
  const text = error instanceof Error ? error.message : '';
  if (/^Request (aborted|closed|error)$/.test(text)) {
    return new ShoalError('client_closed', 'The upload ended before it was complete.');
  }
  return new ShoalError('malformed_body', 'The multipart form cannot be read.', { cause: error });
}

function multerError(error: multer.MulterError): ShoalError {
  const field = error.field === undefined ? '' : ` ('${error.field.slice(0, 100)}')`;
  if (error.code === 'LIMIT_UNEXPECTED_FILE') {
    const rest = 'what lies beside the model is in files';
    return new ShoalError(
      'invalid_request',
      `${wantedPath}, once; ${rest}; got another file field${field}.`,
    );
  }
  if (error.code === 'LIMIT_FIELD_VALUE') {
    return new ShoalError('too_large', `A form field${field} has more than 1 MiB.`);
  }
  return new ShoalError('invalid_request', `The form cannot be taken: ${error.message}${field}.`);
}
