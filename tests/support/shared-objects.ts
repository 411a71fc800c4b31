import { closeSync, ftruncateSync, openSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import { floats } from './servables';
import type { Caller } from '../../protocol/infer';
import { sharedDirectory } from '../../protocol/link/shared-name';
import type { CallerUsers } from '../../serving/shared-memory/caller-user';
import {
  ClientRegions,
  type SharedRegionsOptions,
} from '../../serving/shared-memory/shared-regions';

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

  /** A region of floats under the name, with an object of its own. */
  register(regions: ClientRegions, name: string, values: readonly number[]): void {
    const { data } = floats(name, [values.length], values);
    const key = this.create(name, data);
    regions.register({ name, key, offset: 0, byteSize: data.byteLength }, localCaller());
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

/** Whoever asks is that user, or is not known. */
export function knownUser(user: number | undefined): CallerUsers {
  return { known: () => user, learn: () => undefined };
}

/** Regions with few limits, for objects of this user. */
export function clientRegions(options: Partial<SharedRegionsOptions> = {}): ClientRegions {
  const limits = { maxRegions: 3, maxBytes: 1_000_000, maxRequestBytes: 500_000 };
  return new ClientRegions({ ...limits, users: knownUser(process.getuid!()), ...options });
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
