import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, readdir, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, ifThere, nodeFileSystem } from '../file-system';
import { sha256Of } from '../sha256-of';
import { cleanStaging } from '../staging-cleanup';
import type { BucketObserver } from './bucket-observer';
import { ownDirectory } from './own-directory';
import { whichLeave, type CachedFile } from './which-leave';

/** A file that a version has, and how it comes here where it is not there yet. */
export interface WantedFile {
  /** In the version's directory, with slashes. */
  readonly name: string;
  readonly bytes: number;
  /** '' where nobody knows it before it has been fetched. */
  readonly sha256: string;
  /** Writes it there; resolves with its sha256. */
  readonly fetch: (target: string) => Promise<string>;
}

/** What of an observer is told by a cache. */
type Told = Pick<BucketObserver, 'cached' | 'evicted'>;

/** A host that has not said that it is alive for so long has died: what it used may go. */
const deadMs = 600_000;
const aliveEveryMs = 60_000;
/** What was fetched and is not loaded stays for so long: somebody is about to use it. */
const freshMs = 60_000;
/** Rights of other users than the directory's own. */
const othersWrite = 0o022;
const othersAnything = 0o077;

/**
 * Model files on this machine's disk, each once, by the hash of its content. A version that is used is
 * a directory with links to them; a file with a second link is in use, whoever's it is, so that
 * hosts can share the cache without knowing of one another. They are of one user: no other can change
 * what lies there, and what lay there before is believed only when it was hashed.
 */
export class ModelCache {
  readonly #root: string;
  readonly #own: string;
  readonly #maxBytes: number;
  readonly #clock: () => number;
  readonly #observer: Told | undefined;
  /** Directories of versions, and when they were asked for last. */
  readonly #versions = new Map<string, number>();
  /** How many read those that have to stay meanwhile. */
  readonly #held = new Map<string, number>();
  readonly #making = new Map<string, Promise<void>>();
  readonly #storing = new Map<string, Promise<void>>();
  /** Contents that this process has hashed. */
  readonly #hashed = new Set<string>();
  #saidAlive = 0;
  #changed = true;

  /** `clock` in milliseconds since 1970. */
  constructor(root: string, maxBytes: number, clock: () => number, observer?: Told) {
    this.#root = path.resolve(root);
    this.#own = path.join(this.#root, 'hosts', randomUUID());
    this.#maxBytes = maxBytes;
    this.#clock = clock;
    this.#observer = observer;
  }

  /** Where versions are being made before they are in the bucket. */
  get staging(): string {
    return path.join(this.#root, 'staging');
  }

  /** Throws insufficient_storage where the cache is another user's. */
  async open(): Promise<void> {
    // The root may have been given for other things as well.
    await ownDirectory(this.#root, othersWrite);
    for (const directory of [path.dirname(this.#own), this.#own, this.staging, this.#file('')]) {
      await ownDirectory(directory, othersAnything);
    }
  }

  /** The directory of a version; the names are those of its files' path. */
  directory(model: string, version: number, key: string): string {
    return path.join(this.#own, model, `${version}-${key}`);
  }

  /** False as well where somebody has removed it. */
  async isThere(directory: string): Promise<boolean> {
    if (!this.#versions.has(directory)) return false;
    this.#versions.set(directory, this.#clock());
    return (await ifThere(lstat(directory))) !== undefined;
  }

  /** Makes the directory with these files; what of them is not there is fetched. */
  async make(directory: string, files: readonly WantedFile[]): Promise<void> {
    const making = this.#making.get(directory) ?? this.#make(directory, files);
    this.#making.set(directory, making);
    try {
      await making;
    } finally {
      if (this.#making.get(directory) === making) this.#making.delete(directory);
    }
  }

  async #make(directory: string, files: readonly WantedFile[]): Promise<void> {
    const draft = `${directory}.${randomUUID()}`;
    await this.open();
    try {
      await mkdir(draft, { recursive: true });
      for (const file of files) await this.#add(file, path.join(draft, file.name));
      await rm(directory, { recursive: true, force: true });
      await rename(draft, directory);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    this.#versions.set(directory, this.#clock());
    this.#changed = true;
  }

  async #add(file: WantedFile, target: string): Promise<void> {
    await mkdir(path.dirname(target), { recursive: true });
    for (let tries = 1; ; tries++) {
      const sha256 = await this.#stored(file);
      try {
        await linkOrCopy(this.#file(sha256), target);
        return;
      } catch (error) {
        // Another host has just removed it, as nobody used it.
        if (errorCode(error) !== 'ENOENT' || tries >= 3) throw error;
      }
    }
  }

  /** Fetches the file unless it is there; one that several versions want at once comes once. */
  async #stored(file: WantedFile): Promise<string> {
    const { sha256 } = file;
    if (sha256 === '') return this.#fetch(file);
    const storing = this.#storing.get(sha256) ?? this.#store(file);
    this.#storing.set(sha256, storing);
    try {
      await storing;
    } finally {
      if (this.#storing.get(sha256) === storing) this.#storing.delete(sha256);
    }
    return sha256;
  }

  async #store(file: WantedFile): Promise<void> {
    if (!(await this.#isWhole(file))) {
      await this.#fetch(file);
      return;
    }
    const now = new Date(this.#clock());
    await ifThere(utimes(this.#file(file.sha256), now, now));
  }

  /** It is there, with the bytes that its name says. */
  async #isWhole({ sha256, bytes }: WantedFile): Promise<boolean> {
    const stat = await ifThere(lstat(this.#file(sha256)));
    if (stat?.isFile() !== true || stat.size !== bytes) return false;
    if (this.#hashed.has(sha256)) return true;
    const whole = (await ifThere(sha256Of(this.#file(sha256)))) === sha256;
    if (whole) this.#hashed.add(sha256);
    return whole;
  }

  async #fetch(file: WantedFile): Promise<string> {
    const draft = path.join(this.staging, `part-${randomUUID()}`);
    try {
      const sha256 = await file.fetch(draft);
      await rename(draft, this.#file(sha256));
      this.#hashed.add(sha256);
      return sha256;
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** A file that is on this disk already, and was hashed there, need not be fetched again. */
  async keep(sha256: string, file: string): Promise<void> {
    const draft = path.join(this.staging, `part-${randomUUID()}`);
    await linkOrCopy(file, draft);
    await rename(draft, this.#file(sha256));
    await rm(draft, { force: true });
    this.#hashed.add(sha256);
    this.#changed = true;
  }

  /** The directory stays while the work goes on. */
  async holding<Result>(directory: string, work: () => Promise<Result>): Promise<Result> {
    const held = (more: number): number => (this.#held.get(directory) ?? 0) + more;
    this.#held.set(directory, held(1));
    try {
      return await work();
    } finally {
      if (held(-1) > 0) this.#held.set(directory, held(-1));
      else this.#held.delete(directory);
    }
  }

  /** Lets go what is neither loaded nor held, and removes files that nobody uses while there are too many. */
  async trim(loaded: ReadonlySet<string>): Promise<void> {
    await this.#sayAlive();
    for (const [directory, usedMs] of this.#versions) {
      const used = loaded.has(directory) || this.#held.has(directory);
      if (used || this.#clock() - usedMs < freshMs) continue;
      this.#versions.delete(directory);
      this.#changed = true;
      await rm(directory, { recursive: true, force: true });
    }
    if (!this.#changed) return;
    this.#changed = false;
    const files = await this.#files();
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const leaving of whichLeave(files, this.#maxBytes)) {
      await rm(this.#file(leaving.sha256), { force: true });
      this.#hashed.delete(leaving.sha256);
      bytes -= leaving.bytes;
      this.#observer?.evicted();
    }
    this.#observer?.cached(bytes);
  }

  async #sayAlive(): Promise<void> {
    if (this.#clock() - this.#saidAlive < aliveEveryMs) return;
    this.#saidAlive = this.#clock();
    const now = new Date(this.#clock());
    await ifThere(utimes(this.#own, now, now));
  }

  async #files(): Promise<CachedFile[]> {
    const names = (await ifThere(readdir(this.#file('')))) ?? [];
    const stats = await Promise.all(
      names.map(async (sha256) => ({ sha256, stat: await ifThere(lstat(this.#file(sha256))) })),
    );
    return stats.flatMap(({ sha256, stat }) =>
      stat === undefined
        ? []
        : [{ sha256, bytes: stat.size, usedMs: stat.mtimeMs, inUse: stat.nlink > 1 }],
    );
  }

  /** Removes what processes that died have left. */
  async clean(now: number): Promise<void> {
    await cleanStaging(nodeFileSystem, this.staging, now);
    const hosts = path.dirname(this.#own);
    for (const name of (await ifThere(readdir(hosts))) ?? []) {
      const host = path.join(hosts, name);
      const stat = await ifThere(lstat(host));
      if (host === this.#own || stat === undefined || now - stat.mtimeMs < deadMs) continue;
      await rm(host, { recursive: true, force: true });
      this.#changed = true;
    }
  }

  /** Nothing is loaded any more: this host's links go. A version may just be being made: once more, then. */
  async close(): Promise<void> {
    await rm(this.#own, { recursive: true, force: true, maxRetries: 5 });
  }

  #file(sha256: string): string {
    return path.join(this.#root, 'files', sha256);
  }
}

/** Where the file system has no links a copy does: it is only not counted. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!/^(EPERM|ENOTSUP|EOPNOTSUPP|EXDEV|EMLINK|ENOSYS)$/.test(errorCode(error))) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}
