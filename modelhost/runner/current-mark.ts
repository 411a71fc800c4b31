import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * A small file that says what a runner is at, so that after its death the host knows which version
 * killed it: the batches come straight from the inferrers, the host's own process never sees them.
 * The mark is written before the runtime is entered, and only when it differs from the one that is
 * there (1.7 us); the kernel keeps it whatever becomes of the process. 0 stands for nothing.
 */
export interface CurrentMark {
  set(mark: number): void;
  close(): void;
}

export function createCurrentMark(path: string): CurrentMark {
  const file = openSync(path, 'w');
  const bytes = Buffer.alloc(4);
  let current = -1;
  const set = (mark: number): void => {
    if (mark === current) return;
    current = mark;
    bytes.writeUInt32LE(mark);
    writeSync(file, bytes, 0, 4, 0);
  };
  set(0);
  return {
    set,
    close: () => {
      closeSync(file);
    },
  };
}

/** The last mark of a runner; 0 where there is none. */
export function readCurrentMark(path: string): number {
  try {
    const bytes = readFileSync(path);
    return bytes.byteLength === 4 ? bytes.readUInt32LE(0) : 0;
  } catch {
    return 0;
  }
}
