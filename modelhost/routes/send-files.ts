import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { ShoalError } from '../../core/errors';
import { formatOfName } from '../onnx/model-format';
import type { ModelFile, ModelFiles } from '../models';
import { tarBytes, writeTar } from '../upload/archive/write-tar';

/** Sends a model that is one file as that file, any other as a tar archive that can be uploaded. */
export async function sendFiles(
  response: Response,
  model: string,
  { sha256, files, createdAt }: ModelFiles,
): Promise<void> {
  response.setHeader('etag', `"${sha256}"`);
  const [file, ...beside] = files;
  if (file === undefined) throw gone(model);
  if (beside.length === 0) await sendFile(response, model, file);
  else await sendArchive(response, model, files, createdAt);
}

async function sendFile(response: Response, model: string, { path }: ModelFile): Promise<void> {
  response.attachment(`${model}.${formatOfName(path)}`);
  response.type('application/octet-stream');
  await new Promise<void>((resolve, reject) => {
    response.sendFile(path, { dotfiles: 'allow', cacheControl: false }, (error) => {
      if (error instanceof Error && !response.headersSent) reject(gone(model, error));
      else resolve();
    });
  });
}

async function sendArchive(
  response: Response,
  model: string,
  files: readonly ModelFile[],
  createdAt: number,
): Promise<void> {
  response.attachment(`${model}.tar`);
  response.type('application/x-tar');
  response.setHeader('content-length', tarBytes(files, createdAt));
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    await pipeline(Readable.from(writeTar(files, createdAt)), response);
  } catch (error) {
    // What has begun cannot be taken back: the connection breaks, so that nobody takes it for whole.
    if (!response.headersSent) throw gone(model, error);
    response.destroy();
  }
}

function gone(model: string, cause?: unknown): ShoalError {
  return new ShoalError('unknown_model', `The file of model '${model}' is not there any more.`, {
    cause,
  });
}
