import { tmpdir } from 'node:os';
import type { Logger } from '../core/logging';
import { Metrics } from '../metrics/metrics';
import { createParsePool, type ParsePool } from '../protocol/parse-pool/parse-pool';
import type { Infer } from '../protocol/infer';
import { observeBatches, observeOutcomes, watchQueues } from '../serving/batching/batch-metrics';
import { Batcher } from '../serving/batching/batcher';
import { queueLimits } from '../serving/batching/settings';
import { countedCache } from '../serving/cache/cache-metrics';
import { Dispatcher } from '../serving/dispatch/dispatcher';
import { RetryBudget } from '../serving/dispatch/retry-budget';
import { BodyAllowance } from '../serving/http/body-allowance';
import type { Readiness } from '../serving/http/health';
import { isLoopback } from '../serving/http/listen';
import { RefusedContents } from '../serving/quarantine/refused-contents';
import { batchRefusal } from '../serving/quarantine/unrefused';
import { createServerOptions, type ActingOptions } from '../serving/server-options/server-options';
import { createSharedRegions } from '../serving/shared-memory/create-shared-regions';
import { createSpine } from '../serving/spine';
import { observeShadows } from '../serving/variants/shadow-metrics';
import { countBucket } from './bucket-metrics';
import { createModelCheck } from './check-model';
import { currentGeneration } from './current-generation';
import { advertisedHost } from './listener';
import { observeLoads, watchModels, watchRunners } from './modelhost-metrics';
import { createModelStore, type ModelStore } from './model-store';
import { createResidency } from './memory/create-residency';
import type { Residency } from './memory/residency';
import { takenBytes } from './memory/resident-bytes';
import { createPlacements } from './placement/create-placements';
import type { Placements } from './placement/placements';
import { createMemoryRoom, type MemoryRoom } from './platform/memory-room';
import { ownRepository, type OwnRepository } from './platform/private-repository';
import { probeModel } from './probe/probe-model';
import { createTryQueue } from './probe/try-queue';
import { createStorage } from './repository/create-storage';
import type { ModelhostSettings } from './settings';
import { RunnerPlaces } from './runner-places';
import { createRunnerSupervisor } from './runners/create-runner-supervisor';
import type { RunnerSupervisor } from './runners/runner-supervisor';
import type { RuntimePackage } from './runners/runtime-package';
import { counted, type Counted } from './unasked';

/** Where a modelhost is in its life; it only goes forward. */
export interface Stage {
  serving: boolean;
  leaving: boolean;
}

/** The parts of a modelhost that outlive a request. */
export interface Parts {
  readonly settings: ModelhostSettings;
  readonly hostId: string;
  readonly version: string;
  readonly runtime: RuntimePackage;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly supervisor: RunnerSupervisor;
  /** What has killed this host's runners and is run no more. */
  readonly refused: RefusedContents;
  readonly store: ModelStore;
  readonly places: RunnerPlaces;
  readonly batcher: Batcher;
  readonly parsePool: ParsePool;
  readonly shared: ReturnType<typeof createSharedRegions>;
  readonly infer: Infer;
  readonly asked: Counted['asked'];
  readonly stage: Stage;
  readonly options: ActingOptions;
  readonly allowance: BodyAllowance;
  readonly repository: OwnRepository;
  /** What memory is left for models that a platform loads. */
  readonly room: MemoryRoom;
  /** Which models are in memory; undefined where a platform says that. */
  readonly residency: Residency | undefined;
  /** Which models are to be on this host. */
  readonly placements: Placements;
}

/** What a process knows of itself besides its settings. */
export interface About {
  readonly version: string;
  readonly hostId: string;
  /** Started with the word `serve`. */
  readonly serve: boolean;
  readonly runtime: RuntimePackage;
}

/** Whether the host can do its work. */
export function readiness({ serving, leaving }: Stage): Readiness {
  const reason = leaving ? 'the modelhost is stopping' : 'models are being loaded';
  return { ready: serving && !leaving, reason };
}

/** Puts the parts together; nothing listens and nothing is loaded yet. */
export function createParts(
  settings: ModelhostSettings,
  { version, hostId, serve, runtime }: About,
  logger: Logger,
): Parts {
  const repository = ownRepository(settings, serve);
  const metrics = new Metrics({ role: 'modelhost', version });
  const refused = new RefusedContents();
  const supervisor = createSupervisor(settings, { hostId, runtime, refused, metrics }, logger);
  const residency = createResidency(settings, { hostId, supervisor, metrics, repository, logger });
  const placements = createPlacements(settings, { hostId, supervisor, metrics, logger });
  const made = { supervisor, room: createRoom(settings, supervisor), residency, placements };
  const inside = { hostId, runtime, metrics, logger, repository, ...made };
  const store = createStore(settings, inside);
  const places = createPlaces(settings, { hostId, supervisor, store }, logger);
  const batcher = createBatcher(settings, { places, refused, metrics });
  const { catalog } = store;
  const caching = countedCache(metrics, settings.CACHE_BYTES, () => catalog.models());
  const observe = { ...observeOutcomes(metrics), observeShadow: observeShadows(metrics, catalog) };
  const spine = createSpine({ catalog: catalog.held, refused, batcher, caching, ...observe });
  metrics.follow(() => catalog.models());
  watchModels(metrics, catalog);
  watchQueues(metrics, batcher);
  watchRunners(metrics, supervisor, runtime);
  return {
    ...inside,
    settings,
    version,
    refused,
    store,
    places,
    batcher,
    parsePool: createParsePool({ workers: 1, maxWaiting: 64 }),
    shared: createSharedRegions(settings),
    ...counted(currentGeneration(catalog, spine)),
    stage: { serving: false, leaving: false },
    options: createServerOptions(catalog, logger),
    allowance: new BodyAllowance(settings.BODIES_MAX_BYTES),
  };
}

type Inside = Pick<
  Parts,
  | 'hostId'
  | 'runtime'
  | 'supervisor'
  | 'metrics'
  | 'logger'
  | 'repository'
  | 'room'
  | 'residency'
  | 'placements'
>;

function createRoom(settings: ModelhostSettings, supervisor: RunnerSupervisor): MemoryRoom {
  return createMemoryRoom({
    limitBytes: settings.SAGEMAKER_MEMORY_BYTES,
    usedBytes: () => takenBytes(supervisor.resident()),
  });
}

function createPlaces(
  settings: ModelhostSettings,
  { hostId, supervisor, store }: Pick<Parts, 'hostId' | 'supervisor' | 'store'>,
  logger: Logger,
): RunnerPlaces {
  return new RunnerPlaces({
    hostId,
    supervisor,
    secret: settings.CLUSTER_SECRET,
    sharedBytes: settings.LINK_SHARED_BYTES,
    entryOf: (model) => store.catalog.current().models.find(({ name }) => name === model),
    demand: (model, version, deadline) => store.demand(model, version, deadline),
    logger,
  });
}

function createSupervisor(
  settings: ModelhostSettings,
  { hostId, runtime, refused, metrics }: Pick<Parts, 'hostId' | 'runtime' | 'refused' | 'metrics'>,
  logger: Logger,
): RunnerSupervisor {
  const tcp =
    settings.LINK === 'tcp' || (settings.LINK === 'auto' && !isLoopback(settings.LISTEN_HOST));
  return createRunnerSupervisor({
    host: hostId,
    parentDirectory: tmpdir(),
    link: tcp
      ? {
          kind: 'tcp',
          listenHost: settings.LISTEN_HOST,
          advertiseHost: advertisedHost(settings),
        }
      : { kind: 'unix' },
    secret: settings.CLUSTER_SECRET,
    runtime: runtime.directory,
    cores: settings.CORES,
    stopMs: settings.DRAIN_MS,
    limits: {
      maxRunMs: settings.MAX_RUN_MS,
      maxLoadMs: settings.MAX_LOAD_MS,
      memoryBytes: settings.RUNNER_MEMORY_BYTES,
      budgetBytes: settings.RUNNER_BUDGET_BYTES || 0.75 * settings.RUNNER_MEMORY_BYTES,
    },
    blame: { windowMs: 600_000, quarantineMs: settings.QUARANTINE_MS },
    onRefused: (content) => {
      refused.add(content, performance.now());
      metrics.count('shoal_quarantines_total', { what: 'request' });
    },
    logger,
  });
}

function createStore(
  settings: ModelhostSettings,
  { hostId, runtime, supervisor, metrics, logger, repository, room, residency, placements }: Inside,
): ModelStore {
  const byCalls = repository.origin === 'platform-calls';
  const most = settings.PROBE_MEMORY_BYTES;
  return createModelStore({
    host: hostId,
    storage: createStorage(repository.directory, settings, logger, countBucket(metrics, Date.now)),
    examples: repository.examples,
    ownRunners: byCalls,
    ...(residency === undefined ? {} : { residency }),
    placements,
    pollMs: settings.REPOSITORY_POLL_MS,
    maxBatchRows: settings.MAX_BATCH_ROWS,
    timeoutMs: settings.DEFAULT_TIMEOUT_MS,
    uploadMaxBytes: settings.UPLOAD_MAX_BYTES,
    supervisor,
    onLoaded: observeLoads(metrics),
    check: createModelCheck({
      probe: createTryQueue(probeModel),
      runtime: runtime.directory,
      probeTimeMs: settings.PROBE_TIME_MS,
      probeMemoryBytes: () =>
        byCalls ? Math.min(most, settings.RUNNER_MEMORY_BYTES, room.freeBytes()) : most,
    }),
    logger,
  });
}

function createBatcher(
  settings: ModelhostSettings,
  { places, refused, metrics }: Pick<Parts, 'places' | 'refused' | 'metrics'>,
): Batcher {
  const dispatcher = new Dispatcher({
    places,
    pick: ([only]) => only as never,
    dice: Math.random,
    budget: new RetryBudget(),
    noHostWaitMs: settings.RUNNER_WAIT_MS,
    refusal: batchRefusal(refused),
    observer: {
      attempt: () => undefined,
      ejected: () => undefined,
      readmitted: () => undefined,
      retried: () => undefined,
    },
  });
  return new Batcher({
    runBatch: dispatcher.run,
    slots: () => 2,
    limits: queueLimits(settings),
    observer: observeBatches(metrics),
  });
}
