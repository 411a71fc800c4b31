import { randomUUID } from 'node:crypto';
import type { RunningService } from '../core/lifecycle';
import type { Logger } from '../core/logging';
import { createFractalDialect } from '../protocol/dialects/fractal/fractal-dialect';
import { createOpenInferenceDialect } from '../protocol/dialects/open-inference/open-inference-dialect';
import { createTfServingDialect } from '../protocol/dialects/tf-serving/tf-serving-dialect';
import { createServerControlDialect } from '../protocol/dialects/open-inference/server-control-dialect';
import { createSageMakerDialect } from '../protocol/dialects/sagemaker/sagemaker-dialect';
import type { Statistics } from '../protocol/control/statistics';
import type { Dialect } from '../protocol/exchange';
import { besideHttp } from '../serving/grpc/beside-http';
import { createAccessLog } from '../serving/http/access-log';
import { createAuthorisation } from '../serving/http/authorisation';
import { createMetricsDialect } from '../serving/http/metrics-dialect';
import { createHttpServer, type HttpServer } from '../serving/http/server';
import { warnIfOpen } from '../serving/http/settings';
import { loadLimit } from '../serving/model-control';
import { createPictureReader } from '../serving/picture/picture-reader';
import { createOwnSheet } from '../serving/statistics/own-sheet';
import { createStatistics } from '../serving/statistics/statistics';
import { announce } from './announce';
import { createModelhostApp } from './app';
import { createModelhostGrpc } from './grpc';
import { choosePort, portChoice } from './listener';
import { createParts, readiness, type About, type Parts } from './parts';
import { createGenerationDialect } from './cluster/generation-dialect';
import { createHosting } from './platform/create-hosting';
import { managementOperations } from './routes/operations';
import type { ModelhostSettings } from './settings';
import { createSingleControl } from './single-control';
import { stopSteps } from './stop-steps';

/** Puts a modelhost together and starts it; resolves when it listens, models may still load. */
export async function startModelhost(
  settings: ModelhostSettings,
  about: About,
  logger: Logger,
): Promise<RunningService> {
  const parts = createParts(settings, about, logger);
  let begun: () => void = () => undefined;
  const started = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const statistics = ownStatistics(parts);
  const dialects = [
    ...createDialects(parts, statistics),
    createPlatformDialect(parts, () => started),
  ];
  const server = createServer(parts, about, dialects);
  const grpc = createModelhostGrpc(parts, about, statistics);
  parts.metrics.gauge('shoal_http_connections', () => [[{}, server.connections()]]);
  warnIfOpen(settings, logger);
  const { port, url } = await server.listen();
  logger.info({ url, runtime: about.runtime.release }, 'modelhost listens');
  const listening = await grpc.listen();
  if (listening !== undefined) logger.info({ port: listening.port }, 'gRPC listens');
  const sender = announce(parts, port);
  const start = parts.repository.fill().then(() => parts.store.start());
  void start.then(
    () => {
      parts.stage.serving = true;
      begun();
      logger.info({ models: parts.store.catalog.models().length }, 'modelhost is ready');
      void sender?.tell();
    },
    (error: unknown) => {
      logger.fatal({ err: error }, 'the model repository cannot be read');
      process.exit(1);
    },
  );
  return { stopSteps: stopSteps(parts, besideHttp(server, grpc), sender) };
}

function createServer(parts: Parts, about: About, dialects: readonly Dialect[]): HttpServer {
  const { settings, logger, metrics, store, hostId, allowance } = parts;
  return createHttpServer({
    settings: { ...settings, PORT: choosePort(portChoice(settings, about)) },
    allowance,
    dialects,
    fallback: createModelhostApp({
      hostId,
      catalog: store.catalog,
      models: store.models,
      control: store.control,
      naming: store.naming,
      traffic: store.traffic,
      canary: store.canary,
      demand: (model, version, deadline) => store.demand(model, version, deadline),
      dryRun: store.dryRun,
      catalogAfter: (since, waitMs, signal) => store.catalog.wait(since, waitMs, signal),
      uploadMaxBytes: settings.UPLOAD_MAX_BYTES,
      uploadMaxFiles: settings.UPLOAD_MAX_FILES,
      countTest: () => {
        metrics.count('test_request_operations_total', {});
      },
      logger,
    }),
    described: {
      title: 'Shoal modelhost',
      version: parts.version,
      operations: managementOperations,
    },
    authorise: createAuthorisation(settings, logger),
    accessLog: parts.options.withTraces(createAccessLog(settings, logger)),
    metrics: metrics.requests,
    logger,
    ready: () => readiness(parts.stage),
  });
}

function ownStatistics({ store, metrics }: Parts): Statistics {
  const own = createOwnSheet(() => metrics.requests.models());
  return createStatistics({ catalog: store.catalog, life: randomUUID(), own });
}

function createDialects(parts: Parts, statistics: Statistics): Dialect[] {
  const { settings, store, infer, parsePool, shared, metrics, stage, version } = parts;
  const { catalog } = store;
  const readPicture = createPictureReader(settings.MAX_PICTURE_PIXELS);
  const inferring = { infer, catalog, readPicture, readLargeJson: parsePool.read };
  const fractal = (prefix: string): Dialect => createFractalDialect({ ...inferring, prefix });
  return [
    createOpenInferenceDialect({
      ...inferring,
      serverName: settings.SERVER_NAME,
      serverVersion: version,
      ready: () => readiness(stage).ready,
      now: () => performance.now(),
      servesInferrers: true,
      regions: shared.regions,
      control: createSingleControl(settings.MODEL_CONTROL, store),
      ...loadLimit(settings),
    }),
    createServerControlDialect({ server: parts.options, statistics }),
    fractal('/modelhost/models'),
    fractal('/api/v1/models'),
    createTfServingDialect({ ...inferring, clock: () => new Date() }),
    createGenerationDialect(catalog),
    createMetricsDialect(metrics),
  ];
}

function createPlatformDialect(parts: Parts, started: () => Promise<void>): Dialect {
  const { settings, infer, store, repository, room, stage, parsePool } = parts;
  const mib = 1024 * 1024;
  return createSageMakerDialect({
    infer,
    catalog: store.catalog,
    readPicture: createPictureReader(settings.MAX_PICTURE_PIXELS),
    readLargeJson: parsePool.read,
    defaultAccept: settings.SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT,
    maxBodyBytes: settings.SAGEMAKER_MAX_PAYLOAD_IN_MB * mib,
    timeoutMs: settings.SAGEMAKER_MODEL_SERVER_TIMEOUT * 1000,
    hosting: createHosting({ settings, origin: repository.origin, store, room, stage, started }),
  });
}
