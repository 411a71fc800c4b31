import { ShoalError } from '../core/errors';
import {
  isLeaving,
  isListed,
  isPlaced,
  isServed,
  type Catalog,
  type HostCatalog,
  type ModelEntry,
  type Servable,
  type VersionEntry,
} from '../protocol/catalog';
import { tooLate } from '../serving/batching/refusals';
import { servableOf, versionMeant } from '../serving/servable-of';
import { standInOf } from '../serving/stand-in';
import { unloadedModel } from '../serving/unloaded-model';
import type { HostDirectory } from './hosts/host-directory';
import { mergeCatalogs } from './merge-catalogs';

/** What `resolve` needs to know of one model, prepared at every change. */
interface Resolvable {
  readonly entry: ModelEntry;
  readonly servables: ReadonlyMap<string, Servable>;
}

/**
 * The union of all hosts' catalogs. What the last host said is remembered while no host is there,
 * so that requests can wait for one to come back instead of failing.
 */
export class ClusterCatalog implements Catalog {
  readonly #directory: HostDirectory;
  readonly #noHostWaitMs: number;
  #models = new Map<string, Resolvable>();
  #sorted: readonly ModelEntry[] = [];
  #known = false;

  constructor(directory: HostDirectory, noHostWaitMs: number) {
    this.#directory = directory;
    this.#noHostWaitMs = noHostWaitMs;
    directory.onChange(() => {
      this.#rebuild();
    });
  }

  resolve(model: string, version: string): Servable {
    const found = this.#models.get(model);
    const servable = found?.servables.get(version);
    if (servable !== undefined) return servable;
    if (found === undefined) throw this.#unknownModel(model);
    const { entry } = found;
    throw entry.unloaded === true ? unloadedModel(entry) : missingVersion(entry, version);
  }

  standIn(model: string, version: string): Servable | undefined {
    const found = this.#models.get(model);
    return found === undefined ? undefined : standInOf(found.entry, version);
  }

  /** True once a host has told of its models. */
  get known(): boolean {
    return this.#known;
  }

  models(): readonly ModelEntry[] {
    return this.#sorted;
  }

  model(name: string): ModelEntry {
    const found = this.#models.get(name);
    if (found === undefined) throw this.#unknownModel(name);
    return found.entry;
  }

  async refresh(model: string, deadline = Infinity, than = Infinity): Promise<void> {
    if (this.#known) {
      const isNewer = (): boolean => (this.#models.get(model)?.entry.generation ?? -1) > than;
      await this.#directory.refresh(isNewer);
      return;
    }
    const giveUpAt = performance.now() + this.#noHostWaitMs;
    if (await this.#directory.until(() => this.#known, Math.min(deadline, giveUpAt))) return;
    throw deadline < giveUpAt ? tooLate(model) : noHost();
  }

  #unknownModel(model: string): ShoalError {
    if (!this.#known) return noHost();
    return new ShoalError('unknown_model', `Request for unknown model: '${model}' is not found`);
  }

  #rebuild(): void {
    const catalogs = this.#directory
      .hosts()
      .filter((host) => host.ready)
      .map((host) => host.catalog)
      .filter((catalog): catalog is HostCatalog => catalog !== null);
    if (catalogs.length === 0) return;
    this.#known = true;
    const merged = mergeCatalogs(catalogs).filter(isListed);
    const before = this.#models;
    this.#models = new Map(
      merged.map((entry) => [entry.name, resolvable(entry, before.get(entry.name))]),
    );
    this.#sorted = [...this.#models.values()].map(({ entry }) => entry);
  }
}

/** Servables keep their identity while nothing about them changes: batches are keyed by it. */
function resolvable(entry: ModelEntry, before: Resolvable | undefined): Resolvable {
  if (before !== undefined && JSON.stringify(before.entry) === JSON.stringify(entry)) return before;
  const servables = new Map<string, Servable>();
  for (const version of entry.versions) {
    if (!isResolved(entry, version)) continue;
    const key = String(version.version);
    const servable = keep(before?.servables.get(key), servableOf(entry, version));
    servables.set(key, servable);
    if (version.version === entry.defaultVersion) servables.set('', servable);
    for (const [label, labelled] of Object.entries(entry.labels)) {
      if (labelled === version.version) servables.set(label, servable);
    }
  }
  return { entry, servables };
}

/** What is on its way to other hosts is waited for. */
function isResolved({ unloaded }: ModelEntry, version: VersionEntry): boolean {
  return unloaded !== true && (isServed(version) || isPlaced(version));
}

function keep(before: Servable | undefined, after: Servable): Servable {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

function missingVersion(entry: ModelEntry, version: string): ShoalError {
  const number = versionMeant(entry, version);
  const known = entry.versions.find((each) => each.version === number && !isLeaving(each));
  if (known === undefined && version !== '') {
    return new ShoalError(
      'unknown_version',
      `Request for unknown model: '${entry.name}' version ${version} is not found`,
    );
  }
  const state = known?.state ?? 'loading';
  const why = known === undefined || known.reason === '' ? '' : `: ${known.reason}`;
  return new ShoalError(
    'model_not_ready',
    `model '${entry.name}'${number > 0 ? ` version ${number}` : ''} is ${state}${why}`,
    { retryAfter: 1 },
  );
}

function noHost(): ShoalError {
  return new ShoalError('no_host', 'no modelhost has reported yet; try again later', {
    retryAfter: 1,
  });
}
