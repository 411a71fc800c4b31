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
import { observeOutcomes, watchQueues } from '../serving/batching/batch-metrics';
import type { Batcher } from '../serving/batching/batcher';
import { countedCache } from '../serving/cache/cache-metrics';
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
import { createServerOptions, type ActingOptions } from '../serving/server-options/server-options';
import { createSharedRegions } from '../serving/shared-memory/create-shared-regions';
import { createSpine } from '../serving/spine';
import { observeShadows } from '../serving/variants/shadow-metrics';
import { createInferrerApp } from './app';
import { ClusterCatalog } from './cluster-catalog';
import { createBatcher } from './create-batcher';
import { createClusterDialect, type ClusterDialect } from './cluster-dialect';
import { createInferrerGrpc } from './grpc';
import { createDirectory } from './create-directory';
import type { ClusterEvents } from './events/cluster-events';
import { startClusterEvents } from './events/start-cluster-events';
import { createClusterPlaces } from './hosts/demands';
import type { HostDirectory } from './hosts/host-directory';
import { watchCircuits, watchHosts } from './inferrer-metrics';
import { createGenerationCheck } from './hosts/generation-check';
import { createLimits, type Limits } from './limits';
import { managementParts } from './management-parts';
import { createClusterControl } from './models/cluster-control';
import { startCanaryWatch } from './canary/start-canary-watch';
import type { WithheldCanaries } from './canary/withheld-canaries';
import { createClusterCanary, type ClusterCanary } from './models/cluster-canary';
import { createClusterModels, type ClusterModels } from './models/cluster-models';
import { createHostCalls, type CallHost } from './models/host-calls';
import { createClusterStatistics } from './cluster-statistics';
import type { Peers } from './peers';
import { managementOperations } from './routes/operations';
import type { InferrerSettings } from './settings';

/** The parts of an inferrer that outlive a request. */
interface Parts {
  readonly settings: InferrerSettings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly directory: HostDirectory;
  readonly catalog: ClusterCatalog;
  readonly events: ClusterEvents;
  readonly batcher: Batcher;
  readonly parsePool: ParsePool;
  readonly limits: Limits;
  readonly infer: Infer;
  readonly options: ActingOptions;
  readonly allowance: BodyAllowance;
  /** Calls that have hosts load models; they may take long and keep no others waiting. */
  readonly demandCalls: ReturnType<typeof createHostCalls>;
  readonly withheld: WithheldCanaries;
}

/** What only the HTTP side has. */
interface Inside {
  readonly version: string;
  readonly models: ClusterModels;
  stopping: boolean;
  readonly calls: ReturnType<typeof createHostCalls>;
  readonly cluster: ClusterDialect;
  readonly statistics: Statistics;
  readonly canary: ClusterCanary;
  readonly canaryWatch: ReturnType<typeof startCanaryWatch>;
  readonly shared: ReturnType<typeof createSharedRegions>;
  readonly peers: Peers;
}

/** Puts an inferrer together and starts it; resolves when it listens. */
export async function startInferrer(
  settings: InferrerSettings,
  version: string,
  logger: Logger,
): Promise<RunningService> {
  const calls = createHostCalls(settings.CLUSTER_SECRET);
  const parts = createParts(settings, { version, call: calls.call }, logger);
  let url = '';
  const { statistics, ...telling } = createClusterStatistics(parts, calls.call);
  const waitMs = settings.UPLOAD_WAIT_MS;
  const changing = { registry: parts.directory, call: calls.call, waitMs, logger };
  const canary = createClusterCanary(changing);
  const inside: Inside = {
    version,
    stopping: false,
    calls,
    statistics,
    canary,
    canaryWatch: startCanaryWatch({ ...parts, statistics, canary }),
    shared: createSharedRegions(settings),
    peers: telling.peers,
    models: createClusterModels(changing),
    cluster: createClusterDialect({
      directory: parts.directory,
      inferrerId: `inferrer-${process.pid}`,
      url: () => url,
      clock: () => performance.now(),
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

function createParts(
  settings: InferrerSettings,
  { version, call }: { readonly version: string; readonly call: CallHost },
  logger: Logger,
): Parts {
  const metrics = new Metrics({ role: 'inferrer', version });
  const refused = new RefusedContents();
  const directory = createDirectory(settings, refused, logger);
  const catalog = new ClusterCatalog(directory, settings.NO_HOST_WAIT_MS);
  const events = startClusterEvents(settings, { directory, catalog, metrics });
  const demandCalls = createHostCalls(settings.CLUSTER_SECRET);
  const places = createClusterPlaces(directory, demandCalls.call);
  const batcher = createBatcher(settings, { metrics, refused, directory, events, places }, logger);
  metrics.follow(() => catalog.models());
  watchHosts(metrics, directory);
  watchCircuits(metrics, directory);
  watchQueues(metrics, batcher);
  const workers = Math.max(1, Math.min(4, availableParallelism() - 1));
  const parsePool = createParsePool({ workers, maxWaiting: 256 });
  const limits = createLimits(settings, metrics);
  const caching = {
    ...countedCache(metrics, settings.CACHE_BYTES, () => catalog.models()),
    confirmed: createGenerationCheck(() => directory.taking(), call),
  };
  const observers = {
    ...observeOutcomes(metrics),
    observeShadow: observeShadows(metrics, catalog),
  };
  const around = { ...observers, limits: limits.models, caching };
  const withheld: WithheldCanaries = new Map();
  const isWithheld = (model: string): boolean => withheld.has(model);
  const infer = createSpine({ catalog, refused, batcher, isWithheld, ...around });
  const options = createServerOptions(catalog, logger);
  const allowance = new BodyAllowance(settings.BODIES_MAX_BYTES);
  const outlasting = { settings, logger, metrics, directory, catalog, batcher, allowance };
  return { ...outlasting, events, parsePool, limits, infer, options, demandCalls, withheld };
}

/** What the server says of itself. */
function serverFacts(settings: InferrerSettings, inside: Inside) {
  const { version: serverVersion, statistics, models, calls, shared } = inside;
  const control = createClusterControl(settings, models, calls.call);
  const ready = (): boolean => !inside.stopping;
  const { regions } = shared;
  const serverName = settings.SERVER_NAME;
  return { serverName, serverVersion, statistics, control, ready, regions };
}

function createDialects(parts: Parts, inside: Inside): Dialect[] {
  const { settings, catalog, infer, parsePool, metrics } = parts;
  const readPicture = createPictureReader(settings.MAX_PICTURE_PIXELS);
  const inferring = { infer, catalog, readPicture, readLargeJson: parsePool.read };
  return [
    createOpenInferenceDialect({
      ...inferring,
      ...serverFacts(settings, inside),
      now: () => performance.now(),
      ...loadLimit(settings),
    }),
    createServerControlDialect({ statistics: inside.statistics, server: parts.options }),
    createFractalDialect({ ...inferring, prefix: '/api/v1/models' }),
    createTfServingDialect({ ...inferring, clock: () => new Date() }),
    createSageMakerDialect({
      ...inferring,
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
    fallback: createInferrerApp(managementParts(parts, inside, inside.calls.call)),
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
        inside.canaryWatch.stop();
        directory.keep();
        await server.stopAccepting();
        inside.cluster.release();
        parts.events.close();
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
    { name: 'loads that hosts were asked for', run: () => parts.demandCalls.close() },
    {
      name: 'hosts',
      run: () => {
        directory.close();
      },
    },
  ];
}
