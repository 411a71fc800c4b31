import { closeSync, ftruncateSync, openSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import type { Caller } from '../../protocol/infer';
import { sharedDirectory } from '../../protocol/link/shared-name';

/** Objects in shared memory as a client makes them with `shm_open`; Node has only their files. */
export class SharedObjects {
  readonly #prefix: string;
  readonly #files = new Set<string>();

  /** @param test tells this test's objects from those of all others */
  constructor(test: string) {
    this.#prefix = `${test}-${process.pid}-`;
  }

  /** Makes one; its key. */
  create(name: string, bytes: Uint8Array, mode = 0o600): string {
    const file = this.file(name);
    writeFileSync(file, bytes, { mode });
    return `/${path.basename(file)}`;
  }

  file(name: string): string {
    const file = path.join(sharedDirectory, this.#prefix + name);
    this.#files.add(file);
    return file;
  }

  resize(name: string, bytes: number): void {
    const descriptor = openSync(this.file(name), 'r+');
    ftruncateSync(descriptor, bytes);
    closeSync(descriptor);
  }

  remove(): void {
    for (const file of this.#files) rmSync(file, { force: true, recursive: true });
  }
}

/** A program on this machine, as the server sees it. */
export function localCaller(headers: Readonly<Record<string, string>> = {}): Caller {
  return {
    peer: '127.0.0.1',
    ports: { peer: 40_000, own: 8000, since: 0 },
    header: (name) => headers[name],
  };
}

/** The code of the error that it throws, or 'nothing'. */
export function codeOf(act: () => unknown): string {
  try {
    act();
    return 'nothing';
  } catch (error) {
    if (error instanceof ShoalError) return error.code;
    throw error;
  }
}
