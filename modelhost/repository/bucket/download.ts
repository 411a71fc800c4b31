import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { asShoalError, ShoalError } from '../../../core/errors';
import { ObjectChanged, type BucketClient, type FoundObject } from './bucket-client';

export interface DownloadLimits {
  /** Longest silence, in milliseconds. */
  readonly silentMs: number;
  /** How often it is resumed without a byte of progress in between. */
  readonly attempts: number;
}

const firstPauseMs = 100;

/**
 * Writes an object to a file, and goes on where it was where the connection breaks. Resolves with its
 * sha256. Rejects with `ObjectChanged`, and with what the client rejects with.
 */
export async function download(
  client: Pick<BucketClient, 'open'>,
  object: FoundObject,
  target: string,
  limits: DownloadLimits,
): Promise<string> {
  const file = await open(target, 'w');
  try {
    const sha256 = await receive({ client, object, file, limits });
    await file.sync();
    return sha256;
  } finally {
    await file.close();
  }
}

interface Receiving {
  readonly client: Pick<BucketClient, 'open'>;
  readonly object: FoundObject;
  readonly file: FileHandle;
  readonly limits: DownloadLimits;
}

async function receive({ client, object, file, limits }: Receiving): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (let failures = 0; bytes < object.size;) {
    try {
      const body = await client.open(object, bytes);
      for await (const chunk of withoutSilence(body, limits.silentMs)) {
        await file.write(chunk, 0, chunk.length, bytes);
        hash.update(chunk);
        bytes += chunk.length;
        failures = 0;
      }
      if (bytes < object.size) throw new Error('the connection was cut');
    } catch (error) {
      failures += 1;
      if (isFinal(error) || failures >= limits.attempts) throw asFault(error, object);
      await pause(firstPauseMs * 2 ** (failures - 1));
    }
  }
  if (bytes > object.size) throw new ObjectChanged(object.key);
  return hash.digest('hex');
}

/** The bytes as they come; throws where none come for so long. */
async function* withoutSilence(body: Readable, silentMs: number): AsyncGenerator<Buffer> {
  const late = (): void => {
    body.destroy(new Error('no byte came in time'));
  };
  let timer = setTimeout(late, silentMs);
  try {
    for await (const chunk of body) {
      clearTimeout(timer);
      yield chunk as Buffer;
      timer = setTimeout(late, silentMs);
    }
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

function isFinal(error: unknown): boolean {
  return (
    error instanceof ObjectChanged ||
    asShoalError(error).code === 'insufficient_storage' ||
    isOfDisk(error)
  );
}

function isOfDisk(error: unknown): boolean {
  return /^(ENOSPC|EDQUOT|EROFS|EIO|EFBIG)$/.test((error as { code?: string }).code ?? '');
}

function asFault(error: unknown, { key }: FoundObject): unknown {
  if (error instanceof ObjectChanged || error instanceof ShoalError) return error;
  if (isOfDisk(error)) {
    return new ShoalError(
      'insufficient_storage',
      `'${key}' could not be fetched from the bucket: there is no room in MODEL_CACHE, or it cannot be written.`,
      { cause: error },
    );
  }
  return new ShoalError(
    'storage_unavailable',
    `'${key}' could not be fetched from the bucket: the connection breaks again and again.`,
    { cause: error, retryAfter: 5 },
  );
}
