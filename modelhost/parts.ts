import { tmpdir } from 'node:os';
import type { Logger } from '../core/logging';
import type { Settings } from '../core/settings';
import { Metrics } from '../metrics/metrics';
import { createParsePool, type ParsePool } from '../protocol/dialects/open-inference/parse-pool';
import type { Infer } from '../protocol/infer';
import { observeBatches, observeDefaults, watchQueues } from '../serving/batching/batch-metrics';
import { Batcher } from '../serving/batching/batcher';
import { queueLimits } from '../serving/batching/settings';
import { Dispatcher } from '../serving/dispatch/dispatcher';
import { RetryBudget } from '../serving/dispatch/retry-budget';
import type { Readiness } from '../serving/http/health';
import { createSpine } from '../serving/spine';
import { createModelCheck } from './check-model';
import { currentGeneration } from './current-generation';
import { advertisedHost, isLoopback } from './listener';
import { observeLoads, watchModels, watchRunners } from './modelhost-metrics';
import { createModelStore, type ModelStore } from './model-store';
import { probeModel } from './probe/probe-model';
import type { processSettings } from './process-settings';
import { RunnerPlaces } from './runner-places';
import { createRunnerSupervisor } from './runners/create-runner-supervisor';
import type { RunnerSupervisor } from './runners/runner-supervisor';

export type ModelhostSettings = Settings<typeof processSettings>;

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
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly supervisor: RunnerSupervisor;
  readonly store: ModelStore;
  readonly places: RunnerPlaces;
  readonly batcher: Batcher;
  readonly parsePool: ParsePool;
  readonly infer: Infer;
  readonly stage: Stage;
}

/** Whether the host can do its work. */
export function readiness({ serving, leaving }: Stage): Readiness {
  const reason = leaving ? 'the modelhost is stopping' : 'models are being loaded';
  return { ready: serving && !leaving, reason };
}

/** Puts the parts together; nothing listens and nothing is loaded yet. */
export function createParts(
  settings: ModelhostSettings,
  { version, hostId }: { readonly version: string; readonly hostId: string },
  logger: Logger,
): Parts {
  const metrics = new Metrics({ role: 'modelhost', version });
  const supervisor = createSupervisor(settings, hostId, logger);
  const store = createStore(settings, { hostId, supervisor, metrics, logger });
  const places = new RunnerPlaces({
    hostId,
    supervisor,
    secret: settings.CLUSTER_SECRET,
    sharedBytes: settings.LINK_SHARED_BYTES,
    entryOf: (model) => store.catalog.current().models.find(({ name }) => name === model),
  });
  const batcher = createBatcher(settings, places, metrics);
  const spine = createSpine(store.catalog, batcher, observeDefaults(metrics));
  watchModels(metrics, store.catalog);
  watchQueues(metrics, batcher);
  watchRunners(metrics, supervisor);
  return {
    settings,
    hostId,
    version,
    logger,
    metrics,
    supervisor,
    store,
    places,
    batcher,
    parsePool: createParsePool({ workers: 1, maxWaiting: 64 }),
    infer: currentGeneration(store.catalog, spine),
    stage: { serving: false, leaving: false },
  };
}

function createSupervisor(
  settings: ModelhostSettings,
  hostId: string,
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
    cores: settings.CORES,
    stopMs: settings.DRAIN_MS,
    limits: {
      maxRunMs: settings.MAX_RUN_MS,
      maxLoadMs: settings.MAX_LOAD_MS,
      memoryBytes: settings.RUNNER_MEMORY_BYTES,
    },
    logger,
  });
}

function createStore(
  settings: ModelhostSettings,
  {
    hostId,
    supervisor,
    metrics,
    logger,
  }: {
    readonly hostId: string;
    readonly supervisor: RunnerSupervisor;
    readonly metrics: Metrics;
    readonly logger: Logger;
  },
): ModelStore {
  return createModelStore({
    host: hostId,
    repository: settings.MODEL_REPOSITORY,
    examples: settings.EXAMPLE_MODELS,
    pollMs: settings.REPOSITORY_POLL_MS,
    maxBatchRows: settings.MAX_BATCH_ROWS,
    timeoutMs: settings.DEFAULT_TIMEOUT_MS,
    supervisor,
    onLoaded: observeLoads(metrics),
    check: createModelCheck({
      probe: probeModel,
      probeTimeMs: settings.PROBE_TIME_MS,
      probeMemoryBytes: settings.PROBE_MEMORY_BYTES,
    }),
    logger,
  });
}

function createBatcher(
  settings: ModelhostSettings,
  places: RunnerPlaces,
  metrics: Metrics,
): Batcher {
  const dispatcher = new Dispatcher({
    places,
    pick: ([only]) => only as never,
    dice: Math.random,
    budget: new RetryBudget(),
    noHostWaitMs: settings.RUNNER_WAIT_MS,
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
