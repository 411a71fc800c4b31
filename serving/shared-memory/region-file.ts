import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  writeSync,
  type Stats,
} from 'node:fs';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import type { SharedFile } from '../../protocol/link/shared-file';
import { isClientsName, sharedDirectory } from '../../protocol/link/shared-name';

/** A client's object in shared memory, held open. It is never mapped: made smaller, it reads short. */
export class RegionFile implements SharedFile {
  readonly name: string;
  readonly device: number;
  readonly inode: number;
  /** False where the client lets us read it only. */
  readonly writable: boolean;
  readonly #listeners = new Set<() => void>();
  #descriptor: number;

  constructor(name: string, descriptor: number, about: { facts: Stats; writable: boolean }) {
    this.name = name;
    this.#descriptor = descriptor;
    this.device = about.facts.dev;
    this.inode = about.facts.ino;
    this.writable = about.writable;
  }

  /** How large it is now; 0 once it is closed. */
  get size(): number {
    return this.#descriptor < 0 ? 0 : fstatSync(this.#descriptor).size;
  }

  /** Bytes read; fewer than there is room for where the object has no more, or is closed. */
  read(target: Uint8Array, at: number): number {
    return this.#descriptor < 0 ? 0 : readSync(this.#descriptor, target, 0, target.byteLength, at);
  }

  /** Bytes written; the object must be large enough, or it would grow. */
  write(data: Uint8Array, at: number): number {
    return this.#descriptor < 0 ? 0 : writeSync(this.#descriptor, data, 0, data.byteLength, at);
  }

  onClose(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  close(): void {
    if (this.#descriptor < 0) return;
    closeSync(this.#descriptor);
    this.#descriptor = -1;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

/**
 * Opens the object of that key, as `shm_open` takes it, if it is a file that belongs to the user.
 * Throws invalid_request and forbidden.
 */
export function openRegionFile(key: string, user: number): RegionFile {
  const name = key.startsWith('/') ? key.slice(1) : key;
  if (!isClientsName(name)) {
    throw new ShoalError(
      'invalid_request',
      `Shared memory key ${JSON.stringify(key)}: wanted the name of an object in shared memory, ` +
        "without a slash but in front, at most 255 bytes, and none of the server's own.",
    );
  }
  const { descriptor, writable } = opened(key, name);
  const facts = fstatSync(descriptor);
  const fault = faultOf(key, facts, user);
  if (fault === undefined) return new RegionFile(name, descriptor, { facts, writable });
  closeSync(descriptor);
  throw fault;
}

/** No links, and no waiting for the other end of a pipe. */
const flags = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

function opened(key: string, name: string): { descriptor: number; writable: boolean } {
  const file = path.join(sharedDirectory, name);
  try {
    return { descriptor: openSync(file, constants.O_RDWR | flags), writable: true };
  } catch (error) {
    if (codeOf(error) !== 'EACCES') throw unopened(key, error);
  }
  try {
    return { descriptor: openSync(file, constants.O_RDONLY | flags), writable: false };
  } catch (error) {
    throw unopened(key, error);
  }
}

function unopened(key: string, error: unknown): ShoalError {
  const code = codeOf(error);
  const shown = JSON.stringify(key);
  if (code === 'EACCES' || code === 'EPERM') {
    return new ShoalError(
      'forbidden',
      `Unable to open shared memory region: ${shown} does not let the server's user read it; ` +
        'run both as the same user, or give the object a wider mode.',
    );
  }
  const message =
    code === 'ENOENT'
      ? `Unable to open shared memory region: there is no object ${shown} on the server's machine.`
      : `Unable to open shared memory region: ${shown} is no plain object in shared memory (${code}).`;
  return new ShoalError('invalid_request', message);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}

function faultOf(key: string, facts: Stats, user: number): ShoalError | undefined {
  const shown = JSON.stringify(key);
  if (!facts.isFile()) {
    return new ShoalError(
      'invalid_request',
      `Unable to open shared memory region: ${shown} is no plain object in shared memory.`,
    );
  }
  if (facts.uid === user) return undefined;
  return new ShoalError(
    'forbidden',
    `Object ${shown} belongs to another user than the one who asks.`,
  );
}
