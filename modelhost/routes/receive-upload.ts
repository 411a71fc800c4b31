import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ShoalError } from '../../core/errors';
import { uploadTooLarge } from '../../serving/upload-limit';
import type { HostModels, StagedUpload } from '../models';

/** The bytes of an upload in their staging place, with what was learned on the way. */
export interface ReceivedUpload {
  readonly staged: StagedUpload;
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Streams an upload into a staging place. Nothing is left behind when it fails or is cut off.
 * Throws too_large beyond `maxBytes`, client_closed where the caller went away,
 * insufficient_storage where the disk has no room.
 */
export async function receiveUpload(
  source: Readable,
  models: Pick<HostModels, 'stage'>,
  maxBytes: number,
): Promise<ReceivedUpload> {
  const staged = await models.stage();
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      if (bytes > maxBytes) done(uploadTooLarge(maxBytes));
      else done(null, chunk);
    },
  });
  const file = createWriteStream(staged.file);
  // A file that is still being opened would come into being after it has been discarded.
  const closed = new Promise<void>((resolve) => {
    file.once('close', () => {
      resolve();
    });
  });
  try {
    await pipeline(source, measure, file);
  } catch (error) {
    await closed;
    await staged.discard();
    throw uploadError(error);
  }
  return { staged, sha256: hash.digest('hex'), bytes };
}

function uploadError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (/^(ENOSPC|EDQUOT|EROFS|EACCES|EPERM)$/.test(code)) {
    return new ShoalError('insufficient_storage', 'No room for the upload on the modelhost.', {
      cause: error,
    });
  }
  if (/^(ECONNRESET|ERR_STREAM_PREMATURE_CLOSE|ABORT_ERR)$/.test(code)) {
    return new ShoalError('client_closed', 'The upload ended before it was complete.');
  }
  return error;
}
