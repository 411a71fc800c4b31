import 'dotenv/config';
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
import { createPrograms, urlOf } from './programs';
import { embeddedSettings } from './settings';

/** A process may take its drain and this much longer before it is killed. */
const killAfterDrainMs = 5000;

type EmbeddedSettings = Settings<typeof embeddedSettings>;

async function main(): Promise<void> {
  const settings = readSettings(embeddedSettings, process.env);
  await refuseTakenPorts(settings);
  const logger = createLogger({
    service: 'embedded',
    level: settings.LOG_LEVEL,
    format: settings.LOG_FORMAT,
  });
  const privateFolder = mkdtempSync(path.join(tmpdir(), 'shoal-'));
  const front = createFront({
    url: urlOf(settings.LISTEN_HOST, settings.PORT) + settings.BASE_PATH.replace(/\/$/, ''),
    clusterSecret: process.env['CLUSTER_SECRET'] ?? '',
  });
  const cluster = createCluster(settings, { front, logger, privateFolder });
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
      metricsUrl: urlOf(settings.LISTEN_HOST, settings.METRICS_PORT),
      modelhosts: (await cluster.status()).map(({ id }) => id),
      models: await front.models(),
      repository: settings.MODEL_REPOSITORY,
    }),
  );
}

async function refuseTakenPorts(settings: EmbeddedSettings): Promise<void> {
  const taken = await takenPort([
    { setting: 'PORT', host: settings.LISTEN_HOST, port: settings.PORT },
    { setting: 'METRICS_PORT', host: settings.LISTEN_HOST, port: settings.METRICS_PORT },
  ]);
  if (taken !== undefined) throw new Error(taken);
}

function createCluster(
  settings: EmbeddedSettings,
  parts: { front: Front; logger: Logger; privateFolder: string },
): Cluster {
  return new Cluster({
    programs: createPrograms({
      settings,
      environment: process.env,
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
