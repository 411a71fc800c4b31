import type { Dirent } from 'node:fs';
import path from 'node:path';
import { isModelName, isVersionNumber } from '../../protocol/model-name';
import { readConfigFiles } from '../model-config/config-files';
import { emptyConfig } from '../model-config/model-config';
import { ifThere, stampOf, type FileSystem } from './file-system';
import { bareModelName, type Layout } from './layout';
import { noState, type ModelState } from './model-state';
import { parseMeta } from './schema';
import type { BareFile, BrokenVersion, ModelSnapshot, Snapshot, StoredVersion } from './snapshot';
import type { StateStore } from './state-store';

/** Looks at the repository; links are never followed. Rejects if the root cannot be read. */
export type Scan = () => Promise<Snapshot>;

type Found =
  | { readonly kind: 'version'; readonly stored: StoredVersion }
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'unadopted' }
  | { readonly kind: 'gone' };

interface Remembered {
  readonly stamp: string;
  readonly found: Found;
}

export function createScan(fs: FileSystem, layout: Layout, states: StateStore): Scan {
  const scanner = new Scanner(fs, layout, states);
  return () => scanner.scan();
}

class Scanner {
  readonly #fs: FileSystem;
  readonly #layout: Layout;
  readonly #states: StateStore;
  /** By the version's directory, of the last scan. */
  #remembered: ReadonlyMap<string, Remembered> = new Map();
  /** Of the scan that goes on. */
  #seen = new Map<string, Remembered>();

  constructor(fs: FileSystem, layout: Layout, states: StateStore) {
    this.#fs = fs;
    this.#layout = layout;
    this.#states = states;
  }

  async scan(): Promise<Snapshot> {
    const entries = await this.#fs.readdir(this.#layout.root, { withFileTypes: true });
    const models = new Map<string, ModelSnapshot>();
    const bare = new Map<string, BareFile>();
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.isDirectory() && isModelName(entry.name)) {
        const model = await ifThere(this.#scanModel(entry.name));
        if (model !== undefined && !isEmpty(model)) models.set(entry.name, model);
      } else if (entry.isFile()) {
        await this.#addBare(entry, bare);
      }
    }
    this.#remembered = this.#seen;
    this.#seen = new Map();
    return { models, bare };
  }

  async #addBare(entry: Dirent, bare: Map<string, BareFile>): Promise<void> {
    const model = bareModelName(entry.name);
    if (model === undefined) return;
    const stat = await ifThere(this.#fs.lstat(this.#layout.bare(entry.name)));
    if (stat === undefined) return;
    bare.set(model, { file: entry.name, size: stat.size, mtimeMs: stat.mtimeMs });
  }

  async #scanModel(name: string): Promise<ModelSnapshot> {
    const entries = await this.#fs.readdir(this.#layout.model(name), { withFileTypes: true });
    const numbers = entries
      .filter((entry) => isVersionNumber(entry.name) && entry.isDirectory())
      .map((entry) => Number(entry.name))
      .sort((a, b) => a - b);
    const { state, fault } = await this.#readState(
      name,
      entries.map((entry) => entry.name),
    );
    const gone = new Set(state.tombstones);
    const versions: StoredVersion[] = [];
    const broken: BrokenVersion[] = [];
    const unadopted: number[] = [];
    const leftovers: number[] = [];
    for (const version of numbers) {
      const found = await this.#scanVersion(name, version);
      if (found.kind === 'gone') continue;
      const reason = fault ?? reasonAgainst(found, version, gone);
      if (reason !== undefined) broken.push({ version, reason });
      else if (gone.has(version)) leftovers.push(version);
      else if (found.kind === 'version') versions.push(found.stored);
      else unadopted.push(version);
    }
    return { name, state, versions, broken, unadopted, leftovers };
  }

  async #readState(
    name: string,
    names: readonly string[],
  ): Promise<{ state: ModelState; fault: string | undefined }> {
    try {
      return { state: await this.#states.read(name, names), fault: undefined };
    } catch (error) {
      if (!(error instanceof SyntaxError) && !isSchemaFault(error)) throw error;
      return { state: noState, fault: 'the newest state file of the model cannot be read' };
    }
  }

  /** What is in a version's directory; read again only when its meta.json is another one. */
  async #scanVersion(model: string, version: number): Promise<Found> {
    const stat = await ifThere(this.#fs.lstat(this.#layout.file(model, version, 'meta.json')));
    if (stat === undefined) {
      // Between the listing and now the whole version may have been removed.
      const there = await ifThere(this.#fs.lstat(this.#layout.version(model, version)));
      return { kind: there === undefined ? 'gone' : 'unadopted' };
    }
    const stamp = stampOf(stat);
    const at = `${model}/${version}`;
    const known = this.#remembered.get(at);
    const found = known?.stamp === stamp ? known.found : await this.#readVersion(model, version);
    this.#seen.set(at, { stamp, found });
    return found;
  }

  async #readVersion(model: string, version: number): Promise<Found> {
    try {
      const read = (name: string): Promise<string | undefined> =>
        ifThere(this.#fs.readFile(this.#layout.file(model, version, name), 'utf8'));
      const meta = parseMeta((await read('meta.json')) ?? '');
      const source = await readConfigFiles(read);
      const file = this.#layout.file(model, version, path.basename(meta.file));
      const key = `${meta.sha256} ${meta.createdAt}`;
      const config = source?.config ?? emptyConfig;
      return { kind: 'version', stored: { model, version, path: file, meta, config, key } };
    } catch (error) {
      return {
        kind: 'broken',
        reason: `meta.json or the configuration cannot be read: ${textOf(error)}`,
      };
    }
  }
}

/** Why a version is not served although it is there; what the server deleted has no reason. */
function reasonAgainst(
  found: Found,
  version: number,
  gone: ReadonlySet<number>,
): string | undefined {
  if (found.kind === 'unadopted' && gone.has(version)) {
    return `Version ${version} was deleted and its number is not used again; give it a higher one.`;
  }
  return found.kind === 'broken' && !gone.has(version) ? found.reason : undefined;
}

/** A directory that has nothing to do with a model. */
function isEmpty(model: ModelSnapshot): boolean {
  const found = [model.versions, model.broken, model.unadopted, model.leftovers];
  return model.state.generation === 0 && found.every((list) => list.length === 0);
}

function isSchemaFault(error: unknown): boolean {
  return error instanceof Error && error.name === 'ZodError';
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 300) : 'unknown fault';
}
