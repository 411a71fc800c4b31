import type { Request, Response } from 'express';
import { ShoalError } from '../../core/errors';
import { uploadTooLarge } from '../../serving/upload-limit';
import { modelFileName } from '../onnx/model-format';
import { badArchive } from '../upload/archive/archive-fault';
import { archiveKind, unpack, type ArchiveKind } from '../upload/archive/unpack';
import type { Gathered } from '../upload/arrange';
import { ByteBudget } from '../upload/byte-budget';
import type { Inbox, ReceivedFile } from '../upload/inbox';
import { placeOfVersion } from '../upload/model-among';
import {
  formBytes,
  readUploadForm,
  wantedPath,
  type UploadForm,
  type UploadLimits,
} from './upload-form';

/** What a PUT of a model brings along. */
export interface ModelUpload {
  readonly gathered: Gathered;
  readonly description: string | undefined;
}

/**
 * Reads an upload into an inbox, which the caller discards whatever happens: a multipart form, or a
 * model or an archive as body. Throws too_large, invalid_request, unsupported_media_type,
 * malformed_body, model_rejected, client_closed, insufficient_storage.
 */
export async function receiveUpload(
  request: Request,
  response: Response,
  inbox: Inbox,
  limits: UploadLimits,
): Promise<ModelUpload> {
  // An archive is unpacked after its last byte has come; nobody waits for that any more.
  const onClose = (): void => {
    inbox.giveUp();
  };
  response.once('close', onClose);
  try {
    return await received(request, response, inbox, limits);
  } finally {
    response.off('close', onClose);
  }
}

async function received(
  request: Request,
  response: Response,
  inbox: Inbox,
  limits: UploadLimits,
): Promise<ModelUpload> {
  const { maxBytes, maxFiles } = limits;
  const isForm = typeof request.is('multipart/form-data') === 'string';
  const most = isForm ? maxBytes + formBytes(maxFiles) : maxBytes;
  if (Number(request.headers['content-length'] ?? 0) > most) throw uploadTooLarge(maxBytes);
  if (isForm) {
    const form = await readUploadForm(request, response, inbox, limits);
    return { gathered: await ofForm(form, inbox, limits), description: form.description };
  }
  const budget = new ByteBudget(maxBytes, () => uploadTooLarge(maxBytes));
  const body = await inbox.receive(modelFileName, request, budget);
  if (body.bytes === 0) {
    throw new ShoalError('invalid_request', `No model in the body. ${wantedPath}`);
  }
  const kind = await archiveKind(body.at);
  const gathered =
    kind === undefined ? ofFiles(body, []) : await ofArchive(body, kind, inbox, limits);
  return { gathered, description: undefined };
}

async function ofForm(form: UploadForm, inbox: Inbox, limits: UploadLimits): Promise<Gathered> {
  const { main, beside, isArchive, config } = form;
  const given = config === undefined ? {} : { config };
  if (!isArchive) return { ...ofFiles(main, beside), ...given };
  if (beside.length > 0) {
    throw new ShoalError(
      'invalid_request',
      `The file in 'path' is an archive, which has all files of the model; leave 'files' out.`,
    );
  }
  const kind = await archiveKind(main.at);
  if (kind === undefined) throw badArchive('is none: it begins neither as zip, gzip nor tar');
  return { ...(await ofArchive(main, kind, inbox, limits)), ...given };
}

function ofFiles(model: ReceivedFile, beside: readonly ReceivedFile[]): Gathered {
  return { files: [model, ...beside], place: { version: '', model: '' }, model };
}

async function ofArchive(
  archive: ReceivedFile,
  kind: ArchiveKind,
  inbox: Inbox,
  limits: UploadLimits,
): Promise<Gathered> {
  const files = await unpack(archive, kind, inbox, limits);
  return { files, place: placeOfVersion(files.map(({ name }) => name)) };
}
