import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import { silentLogger } from '../../core/logging';
import { configFromText } from '../../modelhost/model-config/config-files';
import type { StoredFile } from '../../modelhost/repository/content-hash';
import { createDirectoryStorage } from '../../modelhost/repository/directory-storage';
import { nodeFileSystem, type FileSystem } from '../../modelhost/repository/file-system';
import type { Storage } from '../../modelhost/repository/storage';
import { createModelStore, type ModelStore } from '../../modelhost/model-store';
import type { ModelFiles, Published } from '../../modelhost/models';
import type { Residency } from '../../modelhost/memory/residency';
import type { Placements } from '../../modelhost/placement/placements';
import { fakeCheck } from './fake-check';
import { FakeSupervisor } from './fake-supervisor';

let root = '';
const stores: ModelStore[] = [];

/** A modelhost's models without runners, on a repository of the test's own. */
export interface Host {
  readonly store: ModelStore;
  readonly supervisor: FakeSupervisor;
}

export interface HostOptions {
  readonly examples?: string;
  readonly pollMs?: number;
  readonly catchUpMs?: number;
  readonly fs?: FileSystem;
  readonly placements?: Placements;
  readonly residency?: Residency;
  /** Where the models lie; else in a directory of the test's own. */
  readonly storage?: Storage;
}

/** Not started yet. */
export function newHost(host: string, options: HostOptions = {}): Host {
  const supervisor = new FakeSupervisor(host);
  const store = createModelStore({
    host,
    storage: options.storage ?? createDirectoryStorage(options.fs ?? nodeFileSystem, models()),
    examples: options.examples ?? '',
    pollMs: options.pollMs ?? 50,
    maxBatchRows: 64,
    timeoutMs: 60_000,
    uploadMaxBytes: 1_000_000,
    supervisor,
    check: fakeCheck,
    logger: silentLogger(),
    ...(options.fs && { fs: options.fs }),
    ...(options.placements && { placements: options.placements }),
    ...(options.residency && { residency: options.residency }),
    ...(options.catchUpMs !== undefined && { catchUpMs: options.catchUpMs }),
  });
  stores.push(store);
  return { store, supervisor };
}

export async function startHost(host: string, options: HostOptions = {}): Promise<Host> {
  const made = newHost(host, options);
  await made.store.start();
  return made;
}

export interface UploadOptions {
  readonly hold?: boolean;
  readonly config?: string;
  readonly description?: string;
  /** Contents of further files, by name. */
  readonly beside?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export async function upload(
  { store }: Host,
  model: string,
  content: string,
  { hold = false, ...options }: UploadOptions = {},
): Promise<Published> {
  const { config, beside = {}, ...more } = options;
  const source = config === undefined ? {} : { config: configFromText(config, 'config.json') };
  const staged = await store.models.stage();
  const files: StoredFile[] = [];
  for (const [name, text] of Object.entries({ 'model.onnx': content, ...beside })) {
    await writeFile(path.join(staged.directory, name), text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    files.push({ name, sha256, bytes: text.length });
  }
  return store.models.publish(staged, { model, hold, files, ...source, ...more });
}

/** What is stored of a version that is loaded; '' for the default one. */
export function storedFiles({ store }: Host, model: string, version = ''): Promise<ModelFiles> {
  return store.models.withFiles(model, version, (files) => Promise.resolve(files));
}

/** Everything that is served and ready, by `model:version`: what the file says, whose hash is right. */
export async function contentsServed(host: Host): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const { name, versions } of host.store.catalog.models()) {
    for (const { version, state, sha256 } of versions) {
      if (state !== 'ready') continue;
      const { files } = await storedFiles(host, name, String(version));
      const bytes = await readFile(files[0]!.path);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      contents[`${name}:${version}`] = bytes.toString();
    }
  }
  return contents;
}

/** The code of the error that it ends with, or `none`. */
export async function codeOf(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    return error instanceof ShoalError ? error.code : String(error);
  }
  return 'none';
}

/** Waits by the host's own long poll. */
export async function eventually({ store }: Host, condition: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(20_000);
  while (!condition()) {
    if (signal.aborted) throw new Error(`not in time: ${JSON.stringify(store.catalog.current())}`);
    const { revision } = store.catalog.current();
    await store.catalog.wait(revision, 100, signal);
  }
}

/** The version that is served for a request; 0 for none. */
export function serves({ store }: Host, model: string, version = ''): number {
  try {
    return store.catalog.resolve(model, version).version;
  } catch {
    return 0;
  }
}

/** Where the repository of the running test lies. */
export const models = (): string => path.join(root, 'models');

export const testRoot = (): string => root;

/** Stops all hosts and begins with an empty repository. */
export async function startAfresh(): Promise<void> {
  await cleanUp();
  root = await mkdtemp(path.join(tmpdir(), 'shoal-store-'));
}

async function cleanUp(): Promise<void> {
  await Promise.all(stores.splice(0).map((store) => store.stop()));
  if (root !== '') await rm(root, { recursive: true, force: true });
}

/** To be called once by a test file: a fresh repository for each test, hosts stopped after it. */
export function freshRepository(): void {
  beforeEach(startAfresh);
  afterEach(cleanUp);
}

/** Waits until the file is not there any more. */
export async function gone(file: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const there = await stat(file).catch(() => undefined);
    if (there === undefined) return;
    if (performance.now() > deadline) throw new Error(`${path.basename(file)} is still there`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
