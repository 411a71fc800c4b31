import { randomUUID } from 'node:crypto';
import { ShoalError } from '../core/errors';
import {
  isListed,
  type Catalog,
  type HostCatalog,
  type ModelEntry,
  type Servable,
  type VersionEntry,
} from '../protocol/catalog';
import { versionMeant } from '../serving/servable-of';
import { standInOf } from '../serving/stand-in';
import { unloadedModel } from '../serving/unloaded-model';
import { until } from './lifecycle/until';
import { unknownModel, unknownVersion } from './model-faults';
import { createModelEntries, type EntryOptions } from './model-entry';

/** What this host serves: for the cluster as data, for its own dialects as a catalog. */
export interface HostCatalogue extends Catalog {
  /**
   * As it is for inferrers: what is being unloaded is there until nobody asks any more. The rest of
   * it refuses new requests for it at once.
   */
  readonly held: Catalog;
  /** Builds the model's entry again; to be called after every change of it. */
  update(model: string): void;
  current(): HostCatalog;
  /**
   * The catalog as soon as its revision is not `since`, or as it is when the time is over or the
   * signal is aborted.
   */
  wait(since: string, timeoutMs: number, signal: AbortSignal): Promise<HostCatalog>;
  /** Ends all waits, those to come too: nobody shall wait for a host that stops. */
  release(): void;
}

export interface HostCatalogOptions extends EntryOptions {
  readonly host: string;
  /** Looks at the repository again and resolves when this host acts accordingly. */
  readonly refresh: (model: string) => Promise<void>;
}

export function createHostCatalog(options: HostCatalogOptions): HostCatalogue {
  return new Catalogue(options);
}

class Catalogue implements HostCatalogue {
  readonly #options: HostCatalogOptions;
  readonly #entries = new Map<string, ModelEntry>();
  readonly #servables = new Map<string, ReadonlyMap<string, Servable>>();
  readonly #heldServables = new Map<string, ReadonlyMap<string, Servable>>();
  readonly held: Catalog;
  readonly #waiting = new Set<() => void>();
  readonly #build: ReturnType<typeof createModelEntries>;
  readonly #boot = randomUUID();
  #number = 1;
  #released = false;
  #current: HostCatalog | undefined;
  #models: readonly ModelEntry[] | undefined;

  constructor(options: HostCatalogOptions) {
    this.#options = options;
    this.#build = createModelEntries(options);
    this.held = {
      resolve: (model, version) =>
        this.#heldServables.get(model)?.get(version) ?? this.#refuse(model, version),
      standIn: (model, version) => this.standIn(model, version),
      models: () => this.models(),
      model: (name) => this.model(name),
      refresh: (model) => this.refresh(model),
    };
  }

  resolve(model: string, version: string): Servable {
    return this.#servables.get(model)?.get(version) ?? this.#refuse(model, version);
  }

  standIn(model: string, version: string): Servable | undefined {
    const entry = this.#entries.get(model);
    return entry === undefined ? undefined : standInOf(entry, version);
  }

  models(): readonly ModelEntry[] {
    this.#models ??= this.current().models.filter(isListed);
    return this.#models;
  }

  model(name: string): ModelEntry {
    const entry = this.#entries.get(name);
    if (entry !== undefined && isListed(entry)) return entry;
    throw unknownModel(name);
  }

  async refresh(model: string): Promise<void> {
    await this.#options.refresh(model);
  }

  update(model: string): void {
    const built = this.#build(model);
    if (built === undefined) {
      this.#entries.delete(model);
      this.#servables.delete(model);
      this.#heldServables.delete(model);
    } else {
      const { entry, servables } = built;
      this.#entries.set(model, entry);
      this.#heldServables.set(model, servables);
      this.#servables.set(model, entry.unloaded === true ? new Map() : servables);
    }
    this.#number++;
    this.#current = undefined;
    this.#models = undefined;
    this.#wake();
  }

  current(): HostCatalog {
    this.#current ??= {
      host: this.#options.host,
      revision: `${this.#boot}-${this.#number}`,
      models: [...this.#entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
    return this.#current;
  }

  async wait(since: string, timeoutMs: number, signal: AbortSignal): Promise<HostCatalog> {
    const watch = (listener: () => void): (() => void) => {
      this.#waiting.add(listener);
      signal.addEventListener('abort', listener);
      return () => {
        this.#waiting.delete(listener);
        signal.removeEventListener('abort', listener);
      };
    };
    const condition = (): boolean =>
      this.#released || signal.aborted || this.current().revision !== since;
    const deadline = performance.now() + timeoutMs;
    await until({ condition, watch, deadline, what: 'the catalog changes' }).catch(() => undefined);
    return this.current();
  }

  release(): void {
    this.#released = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Why there is nothing to serve the request with. */
  #refuse(model: string, version: string): never {
    const entry = this.#entries.get(model);
    if (entry === undefined || !isListed(entry)) throw unknownModel(model);
    if (entry.unloaded === true) throw unloadedModel(entry);
    throw refusalOf(entry, version);
  }
}

function refusalOf(entry: ModelEntry, version: string): ShoalError {
  const number = versionMeant(entry, version);
  const wanted = entry.versions.find((each) => each.version === number);
  if (wanted !== undefined) return notReady(entry, wanted);
  if (version !== '') {
    return unknownVersion(entry.name, version);
  }
  const coming = entry.versions.find(({ state }) => state === 'new' || state === 'loading');
  if (coming !== undefined) return notReady(entry, coming);
  return new ShoalError(
    'unknown_version',
    `Request for unknown model: '${entry.name}' has no available versions`,
  );
}

function notReady(entry: ModelEntry, { version, state, reason, placed }: VersionEntry): ShoalError {
  const which = `Model '${entry.name}' version ${version}`;
  if (state === 'unloaded' && placed !== undefined) {
    return new ShoalError('model_not_ready', `${which} is not on this modelhost: ${reason}.`, {
      retryAfter: 1,
    });
  }
  switch (state) {
    case 'new':
    case 'loading':
      return new ShoalError('model_not_ready', `${which} is being loaded; try again.`, {
        retryAfter: 1,
      });
    case 'failed':
      return new ShoalError('model_not_ready', `${which} cannot be served: ${reason}`);
    case 'ready':
    case 'draining':
    case 'unloaded':
      return unknownVersion(entry.name, String(version));
  }
}
