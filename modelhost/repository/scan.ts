import { readConfigFiles } from '../model-config/config-files';
import { emptyConfig } from '../model-config/model-config';
import { generationsIn, versionFileName } from './layout';
import { noState, type ModelState } from './model-state';
import { parseMeta } from './schema';
import type { BrokenVersion, ModelSnapshot, Snapshot, StoredVersion } from './snapshot';
import { versionKey } from './version-meta';
import type { StateStore } from './state-store';
import { isStorageFault } from './storage-fault';
import type { FoundModel, FoundVersion, Storage } from './storage';

/** Looks at the repository. Rejects if it cannot be read. */
export type Scan = () => Promise<Snapshot>;

type Found =
  | { readonly kind: 'version'; readonly stored: StoredVersion }
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'unadopted' }
  | { readonly kind: 'arriving' };

interface Remembered {
  readonly stamp: string;
  readonly found: Found;
}

export function createScan(storage: Storage, states: StateStore): Scan {
  const scanner = new Scanner(storage, states);
  return () => scanner.scan();
}

class Scanner {
  readonly #storage: Storage;
  readonly #states: StateStore;
  /** By model and version, of the last scan. */
  #remembered: ReadonlyMap<string, Remembered> = new Map();
  /** Of the scan that goes on. */
  #seen = new Map<string, Remembered>();

  constructor(storage: Storage, states: StateStore) {
    this.#storage = storage;
    this.#states = states;
  }

  /**
   * A state that this host has made since the listing may know of versions that are not listed: they
   * would look deleted. Then it looks once more.
   */
  async scan(): Promise<Snapshot> {
    const { snapshot, ahead } = await this.#look();
    return ahead ? (await this.#look()).snapshot : snapshot;
  }

  async #look(): Promise<{ readonly snapshot: Snapshot; readonly ahead: boolean }> {
    const { models: found, bare } = await this.#storage.list();
    const models = new Map<string, ModelSnapshot>();
    let ahead = false;
    for (const each of found) {
      const model = await this.#scanModel(each);
      if (!isEmpty(model)) models.set(each.name, model);
      ahead ||= isAhead(model.state, each.names);
    }
    await this.#storage.confirm();
    this.#remembered = this.#seen;
    this.#seen = new Map();
    return { snapshot: { models, bare }, ahead };
  }

  async #scanModel({ name, names, versions: all }: FoundModel): Promise<ModelSnapshot> {
    const { state, fault } = await this.#readState(name, names);
    const gone = new Set(state.tombstones);
    const versions: StoredVersion[] = [];
    const broken: BrokenVersion[] = [];
    const unadopted: number[] = [];
    const leftovers: number[] = [];
    for (const each of all) {
      const { version } = each;
      const found = await this.#scanVersion(name, each);
      const reason = fault ?? reasonAgainst(found, version, gone);
      if (reason !== undefined) broken.push({ version, reason });
      else if (gone.has(version)) leftovers.push(version);
      else if (found.kind === 'version') versions.push(found.stored);
      else if (found.kind === 'unadopted') unadopted.push(version);
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

  /** What a version's files are; read again only when its meta.json is another one. */
  async #scanVersion(
    model: string,
    { version, metaStamp, arriving }: FoundVersion,
  ): Promise<Found> {
    if (metaStamp === undefined) return { kind: arriving ? 'arriving' : 'unadopted' };
    const at = `${model}/${version}`;
    const known = this.#remembered.get(at);
    const same = known?.stamp === metaStamp;
    const found = same ? known.found : await this.#readVersion(model, version);
    this.#seen.set(at, { stamp: metaStamp, found });
    return found;
  }

  async #readVersion(model: string, version: number): Promise<Found> {
    try {
      const read = (name: string): Promise<string | undefined> =>
        this.#storage.read(versionFileName(model, version, name));
      const meta = parseMeta((await read('meta.json')) ?? '');
      const source = await readConfigFiles(read);
      const path = this.#storage.localPath(model, version, meta);
      const key = versionKey(meta);
      const config = source?.config ?? emptyConfig;
      return { kind: 'version', stored: { model, version, path, meta, config, key } };
    } catch (error) {
      // Nobody knows what it is: the look fails, and what was known before goes on.
      if (isStorageFault(error)) throw error;
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

/** One that is only remembered, as its file is away, has no id. */
function isAhead({ id, generation }: ModelState, listed: readonly string[]): boolean {
  return id !== '' && generation > (generationsIn(listed).at(-1) ?? 0);
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
