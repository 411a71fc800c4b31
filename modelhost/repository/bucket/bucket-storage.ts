import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { ShoalError } from '../../../core/errors';
import type { Logger } from '../../../core/logging';
import { modelFileName } from '../../onnx/model-format';
import { bareModelName, versionFileName } from '../layout';
import type { BareFile, StoredVersion } from '../snapshot';
import type { Abandoned, Claims, Listing, StagingPlace, Storage, WorkPlace } from '../storage';
import { versionKey, type VersionMeta } from '../version-meta';
import { ObjectChanged, type BucketClient, type FoundObject } from './bucket-client';
import type { BucketObserver } from './bucket-observer';
import { createBucketClaims } from './bucket-claims';
import { cleanBucket } from './bucket-cleanup';
import { describedFiles } from './described-files';
import { refuseUnconditional } from './conditional-writes';
import { download, type DownloadLimits } from './download';
import { ModelCache } from './model-cache';
import { putVersion, removeVersion } from './put-version';
import { putFile } from './put-file';
import { filesOf, isOfOperator, readListing, stampOf } from './read-listing';
import { wantedFiles } from './wanted-files';

export interface BucketStorageOptions {
  readonly client: BucketClient;
  readonly cache: string;
  readonly cacheBytes: number;
  readonly limits: DownloadLimits;
  readonly logger: Logger;
  readonly observer?: BucketObserver;
  /** Milliseconds since 1970; absent: the system's. */
  readonly clock?: () => number;
}

/** A bucket that all modelhosts of a cluster share; files come to a cache on this machine's disk. */
export function createBucketStorage(options: BucketStorageOptions): Storage {
  return new BucketStorage(options);
}

class BucketStorage implements Storage {
  readonly claims: Claims;
  readonly #options: BucketStorageOptions;
  readonly #cache: ModelCache;
  readonly #client: BucketClient;
  /** Of the last look at everything. */
  #objects: readonly FoundObject[] = [];
  /** By key, of all looks. */
  readonly #stamps = new Map<string, string>();

  constructor(options: BucketStorageOptions) {
    const { clock = () => Date.now() } = options;
    this.#options = options;
    this.#client = options.client;
    this.#cache = new ModelCache(options.cache, options.cacheBytes, clock, options.observer);
    this.claims = createBucketClaims(this.#client, clock);
  }

  async open(): Promise<void> {
    await this.#cache.open();
    await this.#client.listLevel('');
    await refuseUnconditional(this.#client, this.#options.logger);
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#client.listLevel('')).every(({ key }) => key.startsWith('.') || key === '');
  }

  async list(): Promise<Listing> {
    this.#objects = await this.#client.list('');
    this.#options.observer?.listed();
    this.#stamps.clear();
    this.#remember(this.#objects);
    return readListing(this.#objects);
  }

  /** Each request says by itself that the bucket is away. */
  confirm(): Promise<void> {
    return Promise.resolve();
  }

  async names(model: string): Promise<readonly string[]> {
    const objects = await this.#client.listLevel(`${model}/`);
    this.#remember(objects);
    const names = objects.map(({ key }) => key.slice(model.length + 1).replace(/\/$/, ''));
    return names.filter((name) => name !== '');
  }

  #remember(objects: readonly FoundObject[]): void {
    for (const object of objects) this.#stamps.set(object.key, stampOf(object));
  }

  stamp(name: string): Promise<string | undefined> {
    return Promise.resolve(this.#stamps.get(name));
  }

  versionStamp(model: string, version: number): Promise<string> {
    const at = `${model}/${version}/`;
    return Promise.resolve(stamps(this.#objects.filter(({ key }) => key.startsWith(at))));
  }

  modelStamp(model: string): Promise<string> {
    return Promise.resolve(stamps(this.#objects.filter((object) => isOfOperator(model, object))));
  }

  async read(name: string): Promise<string | undefined> {
    return (await this.#client.read(name))?.toString('utf8');
  }

  create(name: string, text: string): Promise<boolean> {
    return this.#client.create(name, Buffer.from(text));
  }

  /** What the server has said yes to stays. */
  secure(): Promise<void> {
    return Promise.resolve();
  }

  remove(name: string): Promise<void> {
    return this.#client.remove(name);
  }

  async stage(): Promise<StagingPlace> {
    const directory = path.join(this.#cache.staging, randomUUID());
    await mkdir(directory, { recursive: true });
    return {
      directory,
      file: path.join(directory, modelFileName),
      discard: () => rm(directory, { recursive: true, force: true }),
    };
  }

  async place(directory: string, model: string, version: number): Promise<boolean> {
    const at = `${model}/${version}/`;
    if (!(await putVersion(this.#client, directory, at))) return false;
    await this.#keep(directory);
    return true;
  }

  /** What has just been published is about to be loaded here. */
  async #keep(directory: string): Promise<void> {
    for (const { sha256, file } of await describedFiles(directory)) {
      await this.#cache.keep(sha256, file).catch(() => undefined);
    }
  }

  async removeVersion(model: string, version: number): Promise<void> {
    await removeVersion(this.#client, `${model}/${version}/`);
  }

  async addModel(source: string, model: string): Promise<void> {
    const found = (await this.#client.list(`${model}/`)).map(({ key }) => key);
    const entries = await readdir(source, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const names = files.map((entry) =>
      path.relative(source, path.join(entry.parentPath, entry.name)),
    );
    const there = new Set(found.map((key) => key.slice(model.length + 1)));
    // What a host has left that died at it is completed; anything else is somebody's.
    if ([...there].some((name) => !names.includes(name))) return;
    // Configurations first, what makes a version last: half of it is never more than nothing.
    const order = (name: string): number =>
      name.endsWith('meta.json') ? 2 : Number(name.includes('/'));
    for (const name of names.sort((a, b) => order(a) - order(b))) {
      if (there.has(name)) continue;
      await putFile(this.#client, `${model}/${name}`, path.join(source, name));
    }
  }

  async copyBare(bare: BareFile, target: string): Promise<boolean> {
    if (bareModelName(bare.file) === undefined) return false;
    const { file: key, size, mtimeMs: changedMs, etag = '' } = bare;
    const [now] = await this.#client.list(key);
    if (now?.key !== key || stampOf(now) !== stampOf({ key, size, changedMs, etag })) return false;
    try {
      await download(this.#client, now, target, this.#options.limits);
      return true;
    } catch (error) {
      if (error instanceof ObjectChanged) return false;
      throw error;
    }
  }

  async lookInto<Result>(
    model: string,
    version: number,
    work: (place: WorkPlace) => Promise<Result>,
  ): Promise<Result> {
    const at = `${model}/${version}/`;
    const staged = await this.stage();
    try {
      const objects = await this.#client.list(at);
      for (const { name, object } of filesOf(at, objects)) {
        const target = path.join(staged.directory, name);
        await mkdir(path.dirname(target), { recursive: true });
        await download(this.#client, object, target, this.#options.limits);
      }
      return await work({
        directory: staged.directory,
        create: (name, text) =>
          this.#complete(versionFileName(model, version, name), text, objects),
      });
    } finally {
      await staged.discard();
    }
  }

  /** Nothing becomes a version that is another one by now than what was looked into. */
  async #complete(name: string, text: string, seen: readonly FoundObject[]): Promise<boolean> {
    const at = name.slice(0, name.lastIndexOf('/') + 1);
    const known = new Set(seen.map(({ key }) => key));
    const now = (await this.#client.list(at)).filter(({ key }) => known.has(key));
    if (stamps(now) !== stamps(seen)) throw new ObjectChanged(at);
    return this.create(name, text);
  }

  localPath(model: string, version: number, meta: VersionMeta): string {
    return path.join(this.#directory(model, version, meta), path.basename(meta.file));
  }

  #directory(model: string, version: number, meta: VersionMeta): string {
    const key = createHash('sha256').update(versionKey(meta)).digest('hex').slice(0, 16);
    return this.#cache.directory(model, version, key);
  }

  async fetch({ model, version, meta }: StoredVersion): Promise<void> {
    const directory = this.#directory(model, version, meta);
    if (await this.#cache.isThere(directory)) return;
    const at = `${model}/${version}/`;
    const files = filesOf(at, await this.#client.list(at));
    const fetch = (object: FoundObject, target: string): Promise<string> =>
      download(this.#client, object, target, this.#options.limits);
    try {
      await this.#cache.make(directory, wantedFiles({ model, version, meta }, files, fetch));
    } catch (error) {
      if (!(error instanceof ObjectChanged)) throw error;
      throw new ShoalError(
        'storage_unavailable',
        `The files of version ${version} of '${model}' were changed in the bucket while they were fetched.`,
        { cause: error, retryAfter: 5 },
      );
    }
  }

  /** They were hashed when they came, and only this user can write to the cache. */
  checkFiles(): Promise<void> {
    return Promise.resolve();
  }

  using<Result>(stored: StoredVersion, work: () => Promise<Result>): Promise<Result> {
    const { model, version, meta } = stored;
    return this.#cache.holding(this.#directory(model, version, meta), async () => {
      await this.fetch(stored);
      return work();
    });
  }

  async trim(loaded: readonly StoredVersion[]): Promise<void> {
    const directories = loaded.map(({ model, version, meta }) =>
      this.#directory(model, version, meta),
    );
    await this.#cache.trim(new Set(directories));
  }

  async clean(now: number): Promise<readonly Abandoned[]> {
    await this.#cache.clean(now);
    return cleanBucket(this.#client, this.#objects, now);
  }

  /** A bucket tells nothing by itself: changes are seen when it is looked at. */
  watch(): () => void {
    return () => undefined;
  }

  close(): Promise<void> {
    return this.#cache.close();
  }
}

/** Equal for the same objects with the same contents. */
function stamps(objects: readonly FoundObject[]): string {
  return objects.map((object) => `${object.key} ${stampOf(object)}`).join('\n');
}
