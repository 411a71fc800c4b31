import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../../core/logging';
import type { BucketClient } from '../../../modelhost/repository/bucket/bucket-client';
import { createBucketStorage } from '../../../modelhost/repository/bucket/bucket-storage';
import { createDirectoryStorage } from '../../../modelhost/repository/directory-storage';
import { nodeFileSystem } from '../../../modelhost/repository/file-system';
import type { Storage } from '../../../modelhost/repository/storage';
import { entriesBelow, pathOf } from '../../support/files-below';
import type { S3Server } from './s3-server';

/** A repository of one kind, as hosts have it and as people do who put things there by hand. */
export interface RepositoryPlace {
  /** For one host. */
  storage(): Storage;
  put(name: string, content: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** What this machine keeps of it elsewhere goes. */
  uncache(): Promise<void>;
  /** All files, but for those of the server that say nothing of models. */
  names(): Promise<string[]>;
  end(): Promise<void>;
}

export async function inDirectory(): Promise<RepositoryPlace> {
  const root = await mkdtemp(path.join(tmpdir(), 'shoal-place-'));
  const at = (name: string): string => path.join(root, name);
  return {
    storage: () => createDirectoryStorage(nodeFileSystem, root),
    async put(name, content) {
      await mkdir(path.dirname(at(name)), { recursive: true });
      await writeFile(at(name), content);
    },
    remove: (name) => rm(at(name)),
    uncache: () => Promise.resolve(),
    names() {
      const files = entriesBelow(root).filter((entry) => entry.isFile());
      const names = files.map((file) => path.relative(root, pathOf(file)));
      return Promise.resolve(names.filter((name) => !name.startsWith('.staging/')).sort());
    },
    end: () => rm(root, { recursive: true, force: true }),
  };
}

/** With a cache of the place's own, which all of its hosts share. */
export class BucketPlace implements RepositoryPlace {
  readonly prefix: string;
  readonly #server: S3Server;
  readonly #cache: string;
  readonly #hand: BucketClient;

  constructor(server: S3Server, cache: string) {
    this.prefix = server.freshPrefix();
    this.#server = server;
    this.#cache = cache;
    this.#hand = server.client(this.prefix);
  }

  storage(
    client = this.#server.client(this.prefix),
    cache = this.#cache,
    clock = (): number => Date.now(),
  ): Storage {
    return createBucketStorage({
      client,
      cache,
      cacheBytes: 1_000_000,
      limits: { silentMs: 1000, attempts: 3 },
      logger: silentLogger(),
      clock,
    });
  }

  async put(name: string, content: string | Buffer): Promise<void> {
    await this.#hand.put(name, Buffer.from(content));
  }

  remove(name: string): Promise<void> {
    return this.#hand.remove(name);
  }

  async names(): Promise<string[]> {
    const keys = (await this.#hand.list('')).map(({ key }) => key);
    return keys.filter((key) => !key.startsWith('.staging/')).sort();
  }

  /** Puts everything there that is in another place. */
  async copyFrom(other: BucketPlace): Promise<void> {
    const names = await other.names();
    const copy = async (name: string): Promise<void> =>
      this.put(name, (await other.#hand.read(name)) ?? '');
    await Promise.all(names.map(copy));
  }

  /** What hosts have on the disk, by the hash of its content. */
  async cached(): Promise<string[]> {
    return (await readdir(path.join(this.#cache, 'files'))).sort();
  }

  end(): Promise<void> {
    return this.uncache();
  }

  uncache(): Promise<void> {
    return rm(this.#cache, { recursive: true, force: true, maxRetries: 5 });
  }
}

export async function inBucket(server: S3Server): Promise<BucketPlace> {
  return new BucketPlace(server, await mkdtemp(path.join(tmpdir(), 'shoal-cache-')));
}

export const textOf = (file: string): Promise<string> => readFile(file, 'utf8');
