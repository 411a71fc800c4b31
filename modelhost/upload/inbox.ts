import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ShoalError } from '../../core/errors';
import type { StagedUpload } from '../models';
import type { StoredFile } from '../repository/content-hash';
import type { ByteBudget } from './byte-budget';

/** A file of an upload, with the name that the caller gave it. */
export interface ReceivedFile extends StoredFile {
  /** Where it lies: the name is not part of that. */
  readonly at: string;
}

/**
 * Where the files of one upload are received. There they are called by numbers, so that no name from
 * outside becomes a path before it is known what the file is for.
 */
export interface Inbox {
  /**
   * Streams a file to the disk. Throws what the budget throws, too_large where there are too many
   * files, client_closed where the source breaks off or the inbox is given up, insufficient_storage
   * where there is no room.
   */
  receive(
    name: string,
    source: AsyncIterable<Uint8Array>,
    budget: ByteBudget,
  ): Promise<ReceivedFile>;
  /** Breaks off what is under way and takes nothing more; what was received stays. */
  giveUp(): void;
  /** Gives up and removes everything. Harmless when called twice. */
  discard(): Promise<void>;
}

export function createInbox(
  place: Pick<StagedUpload, 'directory' | 'discard'>,
  maxFiles: number,
): Inbox {
  const given = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  let files = 0;
  return {
    receive(name, source, budget) {
      if (given.signal.aborted) return Promise.reject(brokenOff());
      if (files >= maxFiles) return Promise.reject(tooManyFiles(maxFiles));
      const at = path.join(place.directory, String(files++));
      const work = written(source, { at, budget, signal: given.signal });
      const settled = work.then(
        () => undefined,
        () => undefined,
      );
      underWay.add(settled);
      void settled.then(() => underWay.delete(settled));
      return work.then((facts) => ({ name, at, ...facts }));
    },
    giveUp() {
      given.abort();
    },
    async discard() {
      given.abort();
      await Promise.all(underWay);
      await place.discard();
    },
  };
}

interface Writing {
  readonly at: string;
  readonly budget: ByteBudget;
  readonly signal: AbortSignal;
}

async function written(
  source: AsyncIterable<Uint8Array>,
  { at, budget, signal }: Writing,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        budget.spend(chunk.length);
      } catch (error) {
        done(error as Error);
        return;
      }
      bytes += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const file = createWriteStream(at, { flags: 'wx' });
  // A file that is still being opened would come into being after it has been removed.
  const closed = new Promise<void>((resolve) => {
    file.once('close', () => {
      resolve();
    });
  });
  try {
    await pipeline(source, measure, file, { signal });
  } catch (error) {
    await closed;
    throw receivingFault(error);
  }
  return { sha256: hash.digest('hex'), bytes };
}

function receivingFault(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (/^(ENOSPC|EDQUOT|EFBIG|EROFS|EACCES|EPERM)$/.test(code)) {
    return new ShoalError('insufficient_storage', 'No room for the upload on the modelhost.', {
      cause: error,
    });
  }
  if (/^(ECONNRESET|ERR_STREAM_PREMATURE_CLOSE|ABORT_ERR)$/.test(code)) {
    return brokenOff();
  }
  return error;
}

function brokenOff(): ShoalError {
  return new ShoalError('client_closed', 'The upload ended before it was complete.');
}

function tooManyFiles(maxFiles: number): ShoalError {
  return new ShoalError(
    'too_large',
    `An upload may have ${maxFiles} files (UPLOAD_MAX_FILES); this one has more.`,
  );
}
