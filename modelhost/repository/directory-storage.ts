import { randomUUID } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import path from 'node:path';
import { isModelName, isVersionNumber } from '../../protocol/model-name';
import { modelFileName } from '../onnx/model-format';
import { createAtomically } from './atomic-file';
import { createClaims } from './claim';
import { copyTree } from './copy-tree';
import { ensureDirectory, errorCode, ifThere, stampOf, syncDirectory } from './file-system';
import type { FileSystem } from './file-system';
import { addBare, bareModelName, createLayout, generationsIn, versionFileName } from './layout';
import type { Layout } from './layout';
import { createPresence, type Presence } from './presence';
import { PublishedFiles } from './published-files';
import type { BareFile, StoredVersion } from './snapshot';
import { cleanStaging } from './staging-cleanup';
import { reading, repositoryAway, storing } from './storage-fault';
import type { Abandoned, Claims, FoundModel, FoundVersion, Listing, StagingPlace } from './storage';
import type { Storage, WorkPlace } from './storage';
import type { VersionMeta } from './version-meta';
import { createWatcher, type Watcher } from './watch';

/** A directory that all modelhosts of a cluster share. Links in it are never followed. */
export function createDirectoryStorage(fs: FileSystem, directory: string): Storage {
  return new DirectoryStorage(fs, directory);
}

class DirectoryStorage implements Storage {
  readonly claims: Claims;
  readonly #fs: FileSystem;
  readonly #layout: Layout;
  readonly #presence: Presence;
  readonly #published: PublishedFiles;
  #watcher: Watcher | undefined;

  constructor(fs: FileSystem, directory: string) {
    this.#fs = fs;
    this.#layout = createLayout(directory);
    this.#presence = createPresence(fs, this.#layout.root);
    this.#published = new PublishedFiles(fs);
    const claims = createClaims(fs, this.#layout);
    this.claims = {
      with: (name, work) => this.#write(() => claims.with(name, work)),
      held: (name) => claims.held(name),
    };
  }

  async open(): Promise<void> {
    await this.#fs.mkdir(this.#layout.root, { recursive: true });
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#fs.readdir(this.#layout.root)).every((name) => name.startsWith('.'));
  }

  list(): Promise<Listing> {
    return this.#presence.look(
      () => this.#find(),
      ({ models, bare }) => models.length === 0 && bare.size === 0,
    );
  }

  confirm(): Promise<void> {
    return this.#presence.confirm();
  }

  /** Makes nothing where the repository is away, not even what it would lie in. */
  async #write<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#presence.confirm();
    return storing(work);
  }

  async #find(): Promise<Listing> {
    const entries = await ifThere(this.#fs.readdir(this.#layout.root, { withFileTypes: true }));
    if (entries === undefined) throw repositoryAway();
    const models: FoundModel[] = [];
    const bare = new Map<string, BareFile>();
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.isDirectory() && isModelName(entry.name)) {
        const model = await ifThere(this.#findModel(entry.name));
        if (model !== undefined) models.push(model);
      } else if (entry.isFile()) {
        await this.#findBare(entry.name, bare);
      }
    }
    const directories = models.map(({ name }) => this.#layout.model(name));
    this.#watcher?.directories([this.#layout.root, ...directories]);
    return { models, bare };
  }

  async #findBare(file: string, bare: Map<string, BareFile>): Promise<void> {
    const model = bareModelName(file);
    if (model === undefined) return;
    const stat = await ifThere(this.#fs.lstat(this.#layout.bare(file)));
    if (stat === undefined) return;
    addBare(bare, model, { file, size: stat.size, mtimeMs: stat.mtimeMs });
  }

  async #findModel(name: string): Promise<FoundModel> {
    const entries = await this.#fs.readdir(this.#layout.model(name), { withFileTypes: true });
    const versions: FoundVersion[] = [];
    for (const version of numbersIn(entries)) {
      const metaStamp = await this.stamp(`${name}/${version}/meta.json`);
      if (metaStamp === undefined && !(await this.#isThere(name, version))) continue;
      versions.push({ version, metaStamp, arriving: false });
    }
    return { name, names: entries.map((entry) => entry.name), versions };
  }

  /** Between the listing and now the whole version may have been removed. */
  async #isThere(model: string, version: number): Promise<boolean> {
    return (await ifThere(this.#fs.lstat(this.#layout.version(model, version)))) !== undefined;
  }

  async names(model: string): Promise<readonly string[]> {
    await this.#presence.confirm();
    return (await reading(() => ifThere(this.#fs.readdir(this.#layout.model(model))))) ?? [];
  }

  async stamp(name: string): Promise<string | undefined> {
    const stat = await reading(() => ifThere(this.#fs.lstat(this.#layout.named(name))));
    return stat && stampOf(stat);
  }

  async versionStamp(model: string, version: number): Promise<string> {
    const directory = this.#layout.version(model, version);
    const names = await ifThere(this.#fs.readdir(directory, { recursive: true }));
    return this.#stamps(directory, (names ?? []).sort());
  }

  async modelStamp(model: string): Promise<string> {
    const directory = this.#layout.model(model);
    const entries = (await ifThere(this.#fs.readdir(directory, { withFileTypes: true }))) ?? [];
    const names = entries
      .filter((entry) => entry.isFile() && generationsIn([entry.name]).length === 0)
      .map(({ name }) => name);
    return this.#stamps(directory, names.sort());
  }

  async #stamps(directory: string, names: readonly string[]): Promise<string> {
    const stats = names.map(async (name) => {
      const stat = await ifThere(this.#fs.lstat(path.join(directory, name)));
      return stat === undefined ? '' : `${name} ${stat.size} ${stat.mtimeMs}`;
    });
    return (await Promise.all(stats)).join('\n');
  }

  read(name: string): Promise<string | undefined> {
    return reading(() => ifThere(this.#fs.readFile(this.#layout.named(name), 'utf8')));
  }

  create(name: string, text: string): Promise<boolean> {
    return this.#write(async () => {
      const target = this.#layout.named(name);
      await ensureDirectory(this.#fs, path.dirname(target));
      return createAtomically(this.#fs, this.#layout, target, text);
    });
  }

  secure(name: string): Promise<void> {
    return syncDirectory(this.#fs, path.dirname(this.#layout.named(name)));
  }

  async remove(name: string): Promise<void> {
    await this.#fs.rm(this.#layout.named(name), { force: true });
  }

  async stage(): Promise<StagingPlace> {
    const directory = this.#layout.staged(randomUUID());
    await this.#write(async () => {
      await ensureDirectory(this.#fs, this.#layout.staging);
      await this.#fs.mkdir(directory);
    });
    return {
      directory,
      file: path.join(directory, modelFileName),
      discard: () => this.#fs.rm(directory, { recursive: true, force: true }),
    };
  }

  async place(directory: string, model: string, version: number): Promise<boolean> {
    const target = this.#layout.version(model, version);
    if (!(await this.#write(() => this.#moved(directory, target)))) return false;
    await syncDirectory(this.#fs, this.#layout.model(model));
    return true;
  }

  async removeVersion(model: string, version: number): Promise<void> {
    const trash = this.#layout.staged(`trash-${randomUUID()}`);
    await this.#write(() => ensureDirectory(this.#fs, this.#layout.staging));
    await ifThere(this.#fs.rename(this.#layout.version(model, version), trash));
    await this.#fs.rm(trash, { recursive: true, force: true });
  }

  async addModel(source: string, model: string): Promise<void> {
    const draft = this.#layout.staged(`seed-${randomUUID()}`);
    await this.#presence.confirm();
    await copyTree(this.#fs, source, draft);
    if (await this.#moved(draft, this.#layout.model(model))) return;
    await this.#fs.rm(draft, { recursive: true, force: true });
  }

  /** False where something is there already. */
  async #moved(from: string, to: string): Promise<boolean> {
    try {
      await this.#fs.rename(from, to);
      return true;
    } catch (error) {
      if (errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EEXIST') return false;
      throw error;
    }
  }

  async copyBare(bare: BareFile, target: string): Promise<boolean> {
    const file = this.#layout.bare(bare.file);
    await this.#fs.copyFile(file, target, constants.COPYFILE_FICLONE);
    const stat = await ifThere(this.#fs.lstat(file));
    return stat?.size === bare.size && stat.mtimeMs === bare.mtimeMs;
  }

  lookInto<Result>(
    model: string,
    version: number,
    work: (place: WorkPlace) => Promise<Result>,
  ): Promise<Result> {
    return work({
      directory: this.#layout.version(model, version),
      create: async (name, text) => {
        const at = versionFileName(model, version, name);
        if (!(await this.create(at, text))) return false;
        await this.secure(at);
        return true;
      },
    });
  }

  localPath(model: string, version: number, meta: VersionMeta): string {
    return this.#layout.file(model, version, path.basename(meta.file));
  }

  /** They lie there already, where it is there. */
  fetch(): Promise<void> {
    return this.#presence.confirm();
  }

  async checkFiles(stored: StoredVersion): Promise<void> {
    await this.#presence.confirm();
    await reading(() => this.#published.check(stored));
  }

  async using<Result>(stored: StoredVersion, work: () => Promise<Result>): Promise<Result> {
    await this.checkFiles(stored);
    return work();
  }

  trim(): Promise<void> {
    return Promise.resolve();
  }

  async clean(now: number): Promise<readonly Abandoned[]> {
    await cleanStaging(this.#fs, this.#layout.staging, now);
    return [];
  }

  watch(onHint: () => void): () => void {
    const watcher = createWatcher(onHint);
    this.#watcher = watcher;
    return () => {
      this.#watcher = undefined;
      watcher.close();
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function numbersIn(entries: readonly Dirent[]): number[] {
  return entries
    .filter((entry) => isVersionNumber(entry.name) && entry.isDirectory())
    .map((entry) => Number(entry.name))
    .sort((a, b) => a - b);
}
