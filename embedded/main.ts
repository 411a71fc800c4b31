import 'dotenv/config';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { stop, stopOnSignals, type StopStep } from '../core/lifecycle';
import { createLogger, type Logger } from '../core/logging';
import { readSettings, type Settings } from '../core/settings';
import { banner } from './banner';
import { Cluster } from './cluster';
import { openControl } from './control';
import { createFront, type Front } from './front';
import { takenPort } from './ports';
import { createPrograms, inferrerUrlOf, urlOf } from './programs';
import { embeddedSettings } from './settings';

/**
 * A process may take its drain and this much longer before it is killed: a host says first that it
 * leaves, and waits until nobody asks it any more.
 */
const killAfterDrainMs = 10_000;

type Environment = Readonly<Record<string, string | undefined>>;
type EmbeddedSettings = Settings<typeof embeddedSettings>;

async function main(): Promise<void> {
  const environment = withSecret(process.env);
  const settings = readSettings(embeddedSettings, environment);
  await refuseTakenPorts(settings);
  const logger = createLogger({
    service: 'embedded',
    level: settings.LOG_LEVEL,
    format: settings.LOG_FORMAT,
  });
  const privateFolder = mkdtempSync(path.join(tmpdir(), 'shoal-'));
  const front = createFront({
    url: inferrerUrlOf(settings),
    clusterSecret: environment['CLUSTER_SECRET'] ?? '',
  });
  const cluster = createCluster(settings, { environment, front, logger, privateFolder });
  const control = await openControl(settings.CONTROL_SOCKET, cluster);
  const stopSteps: StopStep[] = [
    { name: 'control', run: () => control.close() },
    { name: 'inferrer', run: () => cluster.stopInferrer() },
    { name: 'modelhosts', run: () => cluster.stopModelhosts() },
    { name: 'metrics', run: () => cluster.stopMetrics() },
    { name: 'private folder', run: () => rm(privateFolder, { recursive: true, force: true }) },
  ];
  stopOnSignals({ stopSteps }, logger);
  await startOrStop(() => cluster.start(settings.MODELHOSTS), stopSteps, logger);
  process.stdout.write(
    banner({
      url: front.url,
      grpc: grpcOf(settings),
      metricsUrl: urlOf(settings.LISTEN_HOST, settings.METRICS_PORT),
      modelhosts: (await cluster.status()).map(({ id }) => id),
      models: await front.models(),
      repository: settings.MODEL_REPOSITORY,
    }),
  );
}

/** As clients name it. */
function grpcOf({ LISTEN_HOST, GRPC_PORT }: EmbeddedSettings): string | undefined {
  if (GRPC_PORT === 'off') return GRPC_PORT;
  return GRPC_PORT === 0 ? undefined : new URL(urlOf(LISTEN_HOST, GRPC_PORT)).host;
}

/** Where tokens are wanted the processes need a secret among themselves; one of this run will do. */
function withSecret(environment: Environment): Environment {
  const { TOKENS = '', TOKENS_FILE = '', CLUSTER_SECRET = '' } = environment;
  if (CLUSTER_SECRET !== '' || TOKENS + TOKENS_FILE === '') return environment;
  return { ...environment, CLUSTER_SECRET: randomBytes(32).toString('hex') };
}

async function refuseTakenPorts(settings: EmbeddedSettings): Promise<void> {
  const grpc = settings.GRPC_PORT === 'off' ? 0 : settings.GRPC_PORT;
  const taken = await takenPort([
    { setting: 'PORT', host: settings.LISTEN_HOST, port: settings.PORT },
    { setting: 'GRPC_PORT', host: settings.LISTEN_HOST, port: grpc },
    { setting: 'METRICS_PORT', host: settings.LISTEN_HOST, port: settings.METRICS_PORT },
  ]);
  if (taken !== undefined) throw new Error(taken);
}

function createCluster(
  settings: EmbeddedSettings,
  parts: { environment: Environment; front: Front; logger: Logger; privateFolder: string },
): Cluster {
  return new Cluster({
    programs: createPrograms({
      settings,
      environment: parts.environment,
      built: path.dirname(__dirname),
      privateFolder: parts.privateFolder,
      cores: availableParallelism(),
    }),
    front: parts.front,
    logger: parts.logger,
    startTimeoutMs: settings.START_TIMEOUT_MS,
    graceMs: settings.DRAIN_MS + killAfterDrainMs,
  });
}

/** A start that fails takes down what it had started, then fails. */
async function startOrStop(
  start: () => Promise<void>,
  stopSteps: readonly StopStep[],
  logger: Logger,
): Promise<void> {
  try {
    await start();
  } catch (error) {
    await stop(stopSteps, logger);
    throw error;
  }
}

main().catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`shoal: ${text}\n`);
  process.exit(1);
});
