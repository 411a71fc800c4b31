import type { Logger } from '../core/logging';
import type { Heartbeat } from '../protocol/cluster/heartbeat';
import { createDryRun, type TryUpload } from './dry-run';
import { createHostCatalog, type HostCatalogue } from './host-catalog';
import { createHostModels } from './host-models';
import { createHostNaming, type HostNaming } from './host-naming';
import { createHostCanary, type HostCanary } from './host-canary';
import { createHostTraffic, type HostTraffic } from './host-traffic';
import type { Lifecycle, LifecycleOptions } from './lifecycle/lifecycle';
import { createLifecycle } from './lifecycle/loop';
import { createHostControl, type HostControl, type HostControlOptions } from './host-control';
import type { Residency } from './memory/residency';
import type { HostModels } from './models';
import type { Placements } from './placement/placements';
import { withSuccession } from './repository/model-state';
import type { CheckModel } from './repository/version-meta';
import { nodeFileSystem, type FileSystem } from './repository/file-system';
import { createRepository, type Repository } from './repository/repository';
import { createRetention, type Retention } from './repository/retention';
import type { StoredVersion } from './repository/snapshot';
import type { Storage } from './repository/storage';
import type { RunnerSupervisor } from './runners/runner-supervisor';

export interface ModelStoreOptions {
  /** Id of this host. */
  readonly host: string;
  /** Where the models lie. */
  readonly storage: Storage;
  /** Directory of the models for an empty repository; '' for none. */
  readonly examples: string;
  readonly pollMs: number;
  readonly maxBatchRows: number;
  readonly timeoutMs: number;
  readonly supervisor: RunnerSupervisor;
  readonly check: CheckModel;
  /** Most bytes of what a load call brings. */
  readonly uploadMaxBytes: number;
  readonly logger: Logger;
  /** Told of each version that has become ready, and how long that took. */
  readonly onLoaded?: (model: string, version: number, ms: number) => void;
  /** Of this machine. */
  readonly fs?: FileSystem;
  /** Longest time that an operation waits for this host to act accordingly, in milliseconds. */
  readonly catchUpMs?: number;
  /** Each version has a runner of its own, whose end gives all of its memory back. */
  readonly ownRunners?: boolean;
  /** Decides which versions are in memory; absent: all. */
  readonly residency?: Residency;
  /** Decides which versions are to be on this host; absent: all. */
  readonly placements?: Placements;
}

/** All that a modelhost has to do with models: what there is, what it serves, and changing it. */
export interface ModelStore {
  readonly models: HostModels;
  readonly control: HostControl;
  readonly naming: HostNaming;
  readonly traffic: HostTraffic;
  readonly canary: HostCanary;
  readonly dryRun: TryUpload;
  readonly catalog: HostCatalogue;
  /** What other hosts are to know of versions that were put there by hand. */
  successors(): Required<Heartbeat>['successors'];
  /** Resolves when everything that was there at the start is ready or failed. */
  start(): Promise<void>;
  /** Has a version loaded for which there may be no memory now; see `Lifecycle`. */
  demand(model: string, version: number, deadline: number): Promise<void>;
  /** Resolves when nothing of a model that was removed is loaded any more. */
  gone(model: string): Promise<void>;
  /** Looks and loads no more; to be called before the supervisor is closed. */
  stop(): Promise<void>;
}

/** Loading of a large model can take long; a client's own limit mostly ends the wait earlier. */
const longCatchUpMs = 300_000;

export function createModelStore(options: ModelStoreOptions): ModelStore {
  const fs = options.fs ?? nodeFileSystem;
  const { supervisor, logger, check, pollMs, examples, storage } = options;
  const catchUpMs = options.catchUpMs ?? longCatchUpMs;
  const loaded = (): StoredVersion[] => loadedBy(lifecycle);
  const repository = createRepository({ storage, examples, pollMs, fs, check, loaded, logger });
  const lifecycle = createLoop(options, (model, version) => succeed(repository, model, version));
  const catalog = createHostCatalog({
    host: options.host,
    view: () => repository.view(),
    lives: () => lifecycle.models(),
    supervisor,
    onDemand: (model, version) => lifecycle.onDemand(model, version),
    neverLoaded: (model, version) => options.residency?.neverLoaded(model, version) === true,
    successorOf: (model) => lifecycle.succession.successorOf(model),
    assignmentOf: (model, version) => lifecycle.assignmentOf(model, version),
    maxBatchRows: options.maxBatchRows,
    timeoutMs: options.timeoutMs,
    refresh: (model) => catchUp(repository, lifecycle, model, performance.now() + catchUpMs),
  });
  const retention = createRetention(repository.states, logger);
  const { uploadMaxBytes } = options;
  return {
    ...createChanging({ repository, lifecycle, fs, uploadMaxBytes, catchUpMs, logger }),
    dryRun: createDryRun({ ...options, repository }),
    catalog,
    successors: () => lifecycle.succession.told(),
    demand: (model, version, deadline) => lifecycle.demand(model, version, deadline),
    gone: (model) => unloaded(lifecycle, model, performance.now() + catchUpMs),
    start: () =>
      start({ repository, lifecycle, retention, placements: options.placements }, catalog),
    async stop() {
      await repository.stop();
      lifecycle.close();
    },
  };
}

function createLoop(
  options: ModelStoreOptions,
  succeed: Required<LifecycleOptions>['succeed'],
): Lifecycle {
  const { supervisor, logger, storage, residency, placements, onLoaded } = options;
  return createLifecycle({
    supervisor,
    logger,
    ownRunners: options.ownRunners === true,
    succeed,
    ...(residency === undefined ? {} : { residency }),
    ...(placements === undefined ? {} : { placements }),
    ...(onLoaded === undefined ? {} : { onLoaded }),
    fetch: (stored) => storage.fetch(stored),
    checkFiles: (stored) => storage.checkFiles(stored),
    removeVersion: (model, version) => storage.removeVersion(model, version),
  });
}

async function succeed(repository: Repository, model: string, version: number): Promise<boolean> {
  let made = false;
  await repository.states.update(model, (now) => {
    const next = withSuccession(now, version, new Date().toISOString());
    made = next !== undefined;
    return next;
  });
  await repository.refresh();
  return made;
}

function unloaded(lifecycle: Lifecycle, model: string, deadline: number): Promise<void> {
  const none = (): boolean => (lifecycle.models().get(model)?.versions.size ?? 0) === 0;
  return lifecycle.until(none, deadline, `'${model}' is unloaded`);
}

/** All that changes models by request. */
function createChanging(
  parts: Omit<HostControlOptions, 'models'> & { readonly logger: Logger },
): Pick<ModelStore, 'models' | 'control' | 'naming' | 'traffic' | 'canary'> {
  const models = createHostModels(parts);
  const control = createHostControl({ ...parts, models });
  const naming = createHostNaming(parts);
  const trying = { ...parts, naming };
  const [traffic, canary] = [createHostTraffic(trying), createHostCanary(trying)];
  return { models, control, naming, traffic, canary };
}

/** What is or will be loaded, and needs its files. */
function loadedBy(lifecycle: Lifecycle): StoredVersion[] {
  const lives = [...lifecycle.models().values()].flatMap(({ versions }) => [...versions.values()]);
  const needed = lives.filter(({ state }) => state !== 'unloaded' && state !== 'failed');
  return needed.map(({ stored }) => stored);
}

interface Following {
  readonly repository: Repository;
  readonly lifecycle: Lifecycle;
  readonly retention: Retention;
  readonly placements: Placements | undefined;
}

/** How long a host that starts waits for a word on the others before it serves what it has. */
const knownMs = 5_000;

async function start(
  { repository, lifecycle, retention, placements }: Following,
  catalog: HostCatalogue,
): Promise<void> {
  lifecycle.onChange((model) => {
    catalog.update(model);
  });
  let faulty: readonly string[] = [];
  await repository.start((view) => {
    lifecycle.want(view.snapshot);
    retention.look(view.snapshot);
    for (const model of new Set([...faulty, ...view.faults.keys()])) catalog.update(model);
    faulty = [...view.faults.keys()];
  });
  await placements?.known(knownMs);
  await lifecycle.until(() => lifecycle.settled(), Infinity, 'all models are loaded');
}

/** Reads the repository again and waits until this host acts on the model's generation there. */
async function catchUp(
  repository: Repository,
  lifecycle: Lifecycle,
  model: string,
  deadline: number,
): Promise<void> {
  await repository.refresh();
  const wanted = repository.view().snapshot.models.get(model)?.state.generation ?? 0;
  const reached = (): boolean => (lifecycle.models().get(model)?.served.generation ?? 0) >= wanted;
  await lifecycle.until(reached, deadline, `'${model}' is up to date`);
}
