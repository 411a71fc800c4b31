import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, writevSync } from 'node:fs';
import path from 'node:path';
import { sharedDirectory } from '../../protocol/link/shared-name';
import { partBytes } from '../../protocol/link/frame';
import { createRanges } from './shared-ranges';

/**
 * Bytes that another process of this machine can read without their passing through a socket: a
 * file in memory, of which ranges are filled and given free again. Writing to it and reading it
 * costs half of what a unix socket costs.
 */
export interface SharedArea {
  /** Of the file, for the other process to open. */
  readonly name: string;
  /** Fills a free range with the chunks, in order; its offset, or -1 where there is no room. */
  place(chunks: readonly Uint8Array[]): number;
  free(offset: number): void;
  /** Takes the name away; whoever has the file open keeps it. */
  unlink(): void;
  /** Gives the memory back as soon as the other process has closed it, too. */
  close(): void;
}

/** Most buffers that one system call takes, on every system. */
const mostChunks = 1000;

/**
 * An area of at most so many bytes, none for 0; undefined where this system has no such memory, or
 * gives none: `onFault` is told the system's word for it.
 */
export function createSharedArea(
  maxBytes: number,
  onFault: (code: string) => void,
  directory = sharedDirectory,
): SharedArea | undefined {
  const name = `shoal-${randomUUID()}`;
  const file = path.join(directory, name);
  const descriptor = maxBytes === 0 ? undefined : opened(file, onFault);
  if (descriptor === undefined) return undefined;
  const ranges = createRanges(maxBytes);
  let named = true;
  const unlink = (): void => {
    if (named) rmSync(file, { force: true });
    named = false;
  };
  return {
    name,
    place(chunks) {
      if (chunks.length > mostChunks) return -1;
      const bytes = partBytes(chunks);
      const offset = ranges.take(bytes);
      if (offset < 0 || written(descriptor, chunks, offset) === bytes) return offset;
      ranges.free(offset);
      return -1;
    },
    free(offset) {
      ranges.free(offset);
    },
    unlink,
    close() {
      unlink();
      closeSync(descriptor);
    },
  };
}

function opened(file: string, onFault: (code: string) => void): number | undefined {
  try {
    return openSync(file, 'wx+', 0o600);
  } catch (error) {
    onFault((error as NodeJS.ErrnoException).code ?? 'unknown');
    return undefined;
  }
}

/** Bytes written; fewer than there are where the memory is full. */
function written(descriptor: number, chunks: readonly Uint8Array[], offset: number): number {
  try {
    return writevSync(descriptor, chunks, offset);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 0;
    throw error;
  }
}
