import { availableParallelism } from 'node:os';
import type { RunningService, StopStep } from '../core/lifecycle';
import type { Logger } from '../core/logging';
import { Metrics } from '../metrics/metrics';
import { createFractalDialect } from '../protocol/dialects/fractal/fractal-dialect';
import { createSageMakerDialect } from '../protocol/dialects/sagemaker/sagemaker-dialect';
import { createOpenInferenceDialect } from '../protocol/dialects/open-inference/open-inference-dialect';
import { createParsePool, type ParsePool } from '../protocol/parse-pool/parse-pool';
import { createTfServingDialect } from '../protocol/dialects/tf-serving/tf-serving-dialect';
import { createServerControlDialect } from '../protocol/dialects/open-inference/server-control-dialect';
import type { Statistics } from '../protocol/control/statistics';
import type { Dialect } from '../protocol/exchange';
import type { Infer } from '../protocol/infer';
import {
  observeBatches,
  observeDefaults,
  observeFailures,
  watchQueues,
} from '../serving/batching/batch-metrics';
import { Batcher } from '../serving/batching/batcher';
import { queueLimits } from '../serving/batching/settings';
import { Dispatcher } from '../serving/dispatch/dispatcher';
import { RetryBudget } from '../serving/dispatch/retry-budget';
import { besideHttp, type Servers } from '../serving/grpc/beside-http';
import { createAccessLog } from '../serving/http/access-log';
import { createAuthorisation } from '../serving/http/authorisation';
import { BodyAllowance } from '../serving/http/body-allowance';
import { createMetricsDialect } from '../serving/http/metrics-dialect';
import { createHttpServer, type HttpServer } from '../serving/http/server';
import { warnIfOpen } from '../serving/http/settings';
import { loadLimit } from '../serving/model-control';
import { createPictureReader } from '../serving/picture/picture-reader';
import { RefusedContents } from '../serving/quarantine/refused-contents';
import { batchRefusal } from '../serving/quarantine/unrefused';
import { createServerOptions, type ActingOptions } from '../serving/server-options/server-options';
import { createSharedRegions } from '../serving/shared-memory/create-shared-regions';
import { createSpine } from '../serving/spine';
import { createInferrerApp } from './app';
import { ClusterCatalog } from './cluster-catalog';
import { createClusterDialect, type ClusterDialect } from './cluster-dialect';
import { createInferrerGrpc } from './grpc';
import { createDirectory } from './create-directory';
import type { HostDirectory } from './hosts/host-directory';
import { observeDispatch, watchCircuits, watchHosts } from './inferrer-metrics';
import { createLimits, type Limits } from './limits';
import { managementParts } from './management-parts';
import { createClusterControl } from './models/cluster-control';
import { createClusterModels, type ClusterModels } from './models/cluster-models';
import { createHostCalls } from './models/host-calls';
import { createClusterStatistics } from './cluster-statistics';
import { powerOfTwo } from './pickers/power-of-two';
import { managementOperations } from './routes/operations';
import type { InferrerSettings } from './settings';
import { slotsOf } from './slots';

/** The parts of an inferrer that outlive a request. */
interface Parts {
  readonly settings: InferrerSettings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly directory: HostDirectory;
  readonly catalog: ClusterCatalog;
  readonly batcher: Batcher;
  readonly parsePool: ParsePool;
  readonly limits: Limits;
  readonly infer: Infer;
  readonly options: ActingOptions;
  readonly allowance: BodyAllowance;
}

/** What only the HTTP side has. */
interface Inside {
  readonly version: string;
  readonly models: ClusterModels;
  stopping: boolean;
  readonly calls: ReturnType<typeof createHostCalls>;
  readonly cluster: ClusterDialect;
  readonly statistics: Statistics;
  readonly shared: ReturnType<typeof createSharedRegions>;
}

/** Puts an inferrer together and starts it; resolves when it listens. */
export async function startInferrer(
  settings: InferrerSettings,
  version: string,
  logger: Logger,
): Promise<RunningService> {
  const parts = createParts(settings, version, logger);
  let url = '';
  const calls = createHostCalls(settings.CLUSTER_SECRET);
  const { statistics, ...telling } = createClusterStatistics(parts, calls.call);
  const inside: Inside = {
    version,
    stopping: false,
    calls,
    statistics,
    shared: createSharedRegions(settings),
    models: createClusterModels({
      registry: parts.directory,
      call: calls.call,
      waitMs: settings.UPLOAD_WAIT_MS,
      logger,
    }),
    cluster: createClusterDialect({
      directory: parts.directory,
      inferrerId: `inferrer-${process.pid}`,
      url: () => url,
      ...telling,
    }),
  };
  const server = createServer(parts, inside);
  parts.metrics.gauge('shoal_http_connections', () => [[{}, server.connections()]]);
  warnIfOpen(settings, logger);
  const grpc = createInferrerGrpc({ ...parts, ...serverFacts(settings, inside) });
  ({ url } = await server.listen());
  const listening = await grpc.listen();
  if (listening !== undefined) logger.info({ port: listening.port }, 'gRPC listens');
  logger.info({ url, balancer: settings.BALANCER }, 'inferrer listens');
  return { stopSteps: stopSteps(parts, besideHttp(server, grpc), inside) };
}

function createParts(settings: InferrerSettings, version: string, logger: Logger): Parts {
  const metrics = new Metrics({ role: 'inferrer', version });
  const refused = new RefusedContents();
  const directory = createDirectory(settings, refused, logger);
  const catalog = new ClusterCatalog(directory, settings.NO_HOST_WAIT_MS);
  const dispatcher = new Dispatcher({
    places: directory,
    pick: powerOfTwo,
    dice: Math.random,
    budget: new RetryBudget(),
    noHostWaitMs: settings.NO_HOST_WAIT_MS,
    refusal: batchRefusal(refused),
    observer: observeDispatch(metrics, logger),
  });
  const batcher = new Batcher({
    runBatch: dispatcher.run,
    slots: slotsOf(directory),
    limits: queueLimits(settings),
    observer: observeBatches(metrics),
  });
  metrics.follow(() => catalog.models());
  watchHosts(metrics, directory);
  watchCircuits(metrics, directory);
  watchQueues(metrics, batcher);
  const workers = Math.max(1, Math.min(4, availableParallelism() - 1));
  const parsePool = createParsePool({ workers, maxWaiting: 256 });
  const limits = createLimits(settings, metrics);
  const observeDefault = observeDefaults(metrics);
  const observeFailure = observeFailures(metrics);
  const observers = { observeDefault, observeFailure };
  const infer = createSpine({ catalog, refused, batcher, ...observers, limits: limits.models });
  const options = createServerOptions(catalog, logger);
  const allowance = new BodyAllowance(settings.BODIES_MAX_BYTES);
  const outlasting = { settings, logger, metrics, directory, catalog, batcher, allowance };
  return { ...outlasting, parsePool, limits, infer, options };
}

/** What the server says of itself. */
function serverFacts(settings: InferrerSettings, inside: Inside) {
  const { version: serverVersion, statistics, models, calls, shared } = inside;
  const control = createClusterControl(settings, models, calls.call);
  const ready = (): boolean => !inside.stopping;
  const { regions } = shared;
  return { serverName: 'shoal', serverVersion, statistics, control, ready, regions };
}

function createDialects(parts: Parts, inside: Inside): Dialect[] {
  const { settings, catalog, infer, parsePool, metrics } = parts;
  const readPicture = createPictureReader(settings.MAX_PICTURE_PIXELS);
  const readLargeJson = parsePool.read;
  return [
    createOpenInferenceDialect({
      infer,
      catalog,
      ...serverFacts(settings, inside),
      now: () => performance.now(),
      readPicture,
      readLargeJson,
      ...loadLimit(settings),
    }),
    createServerControlDialect({ statistics: inside.statistics, server: parts.options }),
    createFractalDialect({ infer, catalog, prefix: '/api/v1/models', readPicture, readLargeJson }),
    createTfServingDialect({
      infer,
      catalog,
      clock: () => new Date(),
      readPicture,
      readLargeJson,
    }),
    createSageMakerDialect({
      infer,
      catalog,
      readPicture,
      readLargeJson,
      defaultAccept: 'application/json',
      maxBodyBytes: settings.MAX_BODY_BYTES,
      timeoutMs: Infinity,
    }),
    inside.cluster,
    createMetricsDialect(metrics),
  ];
}

function createServer(parts: Parts, inside: Inside): HttpServer {
  const { settings, logger, metrics, limits, allowance } = parts;
  return createHttpServer({
    settings,
    allowance,
    dialects: createDialects(parts, inside),
    fallback: createInferrerApp(managementParts(parts, inside.models, inside.calls.call)),
    described: { title: 'Shoal', version: inside.version, operations: managementOperations },
    authorise: createAuthorisation(settings, logger),
    admit: limits.admit,
    accessLog: parts.options.withTraces(createAccessLog(settings, logger)),
    metrics: metrics.requests,
    logger,
    ready: () => ({ ready: !inside.stopping, reason: 'the server is stopping' }),
  });
}

/** First nothing new, then what is under way, then the way to the hosts. */
function stopSteps(parts: Parts, server: Servers, inside: Inside): StopStep[] {
  const { settings, batcher, parsePool, directory } = parts;
  return [
    {
      name: 'stop accepting',
      run: async () => {
        inside.stopping = true;
        directory.keep();
        await server.stopAccepting();
        inside.cluster.release();
      },
    },
    { name: 'drain', run: () => server.drain(settings.DRAIN_MS) },
    {
      name: 'queues',
      run: () => {
        batcher.close();
      },
    },
    { name: 'parser', run: () => parsePool.close() },
    { name: 'shared memory', run: inside.shared.close },
    {
      name: 'server',
      run: () => {
        server.close();
      },
    },
    { name: 'calls to hosts', run: () => inside.calls.close() },
    {
      name: 'hosts',
      run: () => {
        directory.close();
      },
    },
  ];
}
