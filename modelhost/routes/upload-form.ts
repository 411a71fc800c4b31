import type { Request, Response } from 'express';
import multer from 'multer';
import { ShoalError } from '../../core/errors';
import type { HostModels } from '../models';
import { uploadTooLarge } from '../../serving/upload-limit';
import { receiveUpload, type ReceivedUpload } from './receive-upload';

/** What a PUT of a model brings along. */
export interface ModelUpload extends ReceivedUpload {
  readonly config: string | undefined;
  readonly description: string | undefined;
}

/** What reading an upload needs to know. */
export interface UploadParts {
  readonly models: Pick<HostModels, 'stage'>;
  readonly maxBytes: number;
}

/** What the multipart form may have besides the model, in bytes. */
const formBytes = 3 * 1024 * 1024;

/**
 * Reads a model from a multipart form (file `path`, fields `config` and `model_description`) or
 * from a raw body, into a staging place that the caller publishes or discards. Throws
 * too_large, invalid_request, unsupported_media_type, malformed_body, client_closed.
 */
export async function readModelUpload(
  request: Request,
  response: Response,
  parts: UploadParts,
): Promise<ModelUpload> {
  const isForm = typeof request.is('multipart/form-data') === 'string';
  const limit = isForm ? parts.maxBytes + formBytes : parts.maxBytes;
  if (Number(request.headers['content-length'] ?? 0) > limit) throw uploadTooLarge(parts.maxBytes);
  if (isForm) return readForm(request, response, { ...parts, limit });
  const received = await receiveUpload(request, parts.models, parts.maxBytes);
  if (received.bytes > 0) return { ...received, config: undefined, description: undefined };
  await received.staged.discard();
  throw new ShoalError('invalid_request', `No model in the body. ${wanted}`);
}

const wanted = "Model's path name must be 'path'";

/** What the storage engine below adds to multer's description of the file. */
type StoredFile = Partial<Express.Multer.File> & { readonly received: ReceivedUpload };

async function readForm(
  request: Request,
  response: Response,
  parts: UploadParts & { readonly limit: number },
): Promise<ModelUpload> {
  await parsed(request, response, parts);
  const file = request.file as StoredFile | undefined;
  const fields = request.body as Readonly<Record<string, unknown>>;
  if (file === undefined) throw new ShoalError('invalid_request', `${wanted}; no file came.`);
  const unknown = Object.keys(fields).find((name) => !textFields.includes(name));
  if (unknown !== undefined || file.received.bytes === 0) {
    await file.received.staged.discard();
    throw new ShoalError(
      'invalid_request',
      unknown === undefined
        ? `The file in 'path' is empty.`
        : `Unknown form field '${unknown}'; there are path, config and model_description.`,
    );
  }
  return {
    ...file.received,
    config: textOf(fields['config']),
    description: textOf(fields['model_description']),
  };
}

const textFields = ['config', 'model_description'];

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Resolves when multer has read the form; rejects as soon as the body is longer than allowed. */
function parsed(
  request: Request,
  response: Response,
  parts: UploadParts & { readonly limit: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > parts.limit) reject(uploadTooLarge(parts.maxBytes));
    });
    const receipt: Receipt = { settled: Promise.resolve() };
    formOf(parts, receipt)(request, response, (error: unknown) => {
      if (error === undefined) resolve();
      else
        void receipt.settled.then(() => {
          reject(formError(error));
        });
    });
  });
}

/** Multer tells of some faults while the file is still being put away: this is the end of that. */
interface Receipt {
  settled: Promise<void>;
}

function formOf(
  { models, maxBytes }: UploadParts,
  receipt: Receipt,
): ReturnType<multer.Multer['single']> {
  const limits = { files: 1, fields: 4, parts: 5, fieldSize: 1024 * 1024, headerPairs: 20 };
  return multer({
    limits,
    fileFilter(_request, file, decide) {
      if (/\.onnx$/i.test(file.originalname)) decide(null, true);
      else decide(wrongExtension(file.originalname));
    },
    storage: {
      _handleFile(_request, file, done) {
        receipt.settled = receiveUpload(file.stream, models, maxBytes).then((received) => {
          const stored: StoredFile = { received };
          done(undefined, stored);
        }, done);
      },
      _removeFile(_request, file, done) {
        const { received } = file as unknown as StoredFile;
        received.staged.discard().then(() => {
          done(null);
        }, done);
      },
    },
  }).single('path');
}

function wrongExtension(name: string): ShoalError {
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0];
  return new ShoalError(
    'unsupported_media_type',
    `Only files that end in .onnx are taken; the file in 'path' ends in ${ending ?? 'nothing'}.`,
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
    return new ShoalError('invalid_request', `${wanted}; got another file field${field}.`);
  }
  if (error.code === 'LIMIT_FIELD_VALUE') {
    return new ShoalError('too_large', `A form field${field} has more than 1 MiB.`);
  }
  return new ShoalError('invalid_request', `The form cannot be taken: ${error.message}${field}.`);
}
