import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { contentHashBytes } from '../../protocol/content-hash';

/**
 * A small file that says what a runner is at, so that after its death the host knows which version
 * killed it, and of a version that is watched or a request that was lost before also with what:
 * the batches come straight from the inferrers, the host's own process never sees them. It is
 * written before the runtime is entered, and only when it differs from what is there (1.7 us); the
 * kernel keeps it whatever becomes of the process.
 */
export interface CurrentMark {
  /** The number of a version, 0 for nothing. */
  set(mark: number): void;
  setRun(run: MarkedRun): void;
  close(): void;
}

/** What a runner was at. */
export interface MarkedRun {
  /** The number of a version, 0 for nothing. */
  readonly mark: number;
  /** Hash of the one request that was run, '' where it is not known. */
  readonly content: string;
  /** How often that request had been lost before. */
  readonly losses: number;
  /** Runs of the version that this runner had answered. */
  readonly answered: number;
}

const contentAt = 12;
const fileBytes = contentAt + contentHashBytes;

/** What stands there before the first mark. */
export const noRun: MarkedRun = { mark: 0, content: '', losses: 0, answered: 0 };

export function createCurrentMark(path: string): CurrentMark {
  const file = openSync(path, 'w');
  const bytes = Buffer.alloc(fileBytes);
  let current = -1;
  const write = (run: MarkedRun): void => {
    bytes.fill(0);
    bytes.writeUInt32LE(run.mark, 0);
    bytes.writeUInt32LE(run.losses, 4);
    bytes.writeUInt32LE(Math.min(run.answered, 0xffffffff), 8);
    bytes.write(run.content, contentAt, 'hex');
    writeSync(file, bytes, 0, fileBytes, 0);
  };
  const set = (mark: number): void => {
    if (mark === current) return;
    current = mark;
    write({ ...noRun, mark });
  };
  set(0);
  return {
    set,
    setRun(run) {
      write(run);
      // The next mark differs from this one, whatever it is.
      current = -1;
    },
    close: () => {
      closeSync(file);
    },
  };
}

/** The last mark of a runner; nothing where there is none. */
export function readCurrentMark(path: string): MarkedRun {
  try {
    const bytes = readFileSync(path);
    if (bytes.byteLength !== fileBytes) return noRun;
    const content = bytes.toString('hex', contentAt);
    return {
      mark: bytes.readUInt32LE(0),
      losses: bytes.readUInt32LE(4),
      answered: bytes.readUInt32LE(8),
      content: /^0+$/.test(content) ? '' : content,
    };
  } catch {
    return noRun;
  }
}
