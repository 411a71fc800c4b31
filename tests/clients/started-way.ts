import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCluster } from '../support/cluster';
import { freePort } from '../support/free-port';
import { grpcPort } from '../support/grpc-client';
import { npmEnd, npmReady, npmStart } from '../support/npm-start';
import type { Way } from './client';
import { startEdges } from './edge-way';
import type { Running, StartedWay } from './running';
import { writeClientModels } from './models';
import { startAlone, startGuarded } from './more-ways';

/** What an operator allows clients of Triton who manage models themselves. */
const allowed = { MODEL_CONTROL: 'override', SHARED_MEMORY: 'on' };

/** The try of a model may take longer as well where other programs keep the machine busy. */
const environment = { ...allowed, PROBE_TIME_MS: '120000' };

/** Longest wait for servers: there are many models, and other programs may keep the machine busy. */
const readyMs = 150_000;

/** Starts two modelhosts and everything in front of them; leaves nothing where it fails. */
export async function startWay(way: Way): Promise<StartedWay> {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-clients-'));
  const examples = path.join(folder, 'examples');
  const scratch = path.join(folder, 'scratch');
  for (const made of [examples, scratch]) mkdirSync(made);
  writeClientModels(examples);
  const clean = (): void => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const started = await starters[way](examples, folder);
    return {
      target: { way, ...started.at, models: examples, scratch },
      logs: started.logs,
      async stop() {
        await started.stop();
        clean();
      },
    };
  } catch (error) {
    clean();
    throw error;
  }
}

const starters: Record<Way, (examples: string, folder: string) => Promise<Running>> = {
  direct: (examples) => startBalanced('direct', examples),
  nginx: (examples) => startBalanced('nginx', examples),
  edge: async (examples) => startEdges(await startBalanced('direct', examples)),
  'npm start': startEmbedded,
  guarded: (examples, folder) => startGuarded({ examples, folder, environment, readyMs }),
  modelhost: (examples, folder) => startAlone({ examples, folder, environment, readyMs }),
};

async function startBalanced(balancer: 'direct' | 'nginx', examples: string): Promise<Running> {
  const cluster = await startCluster({ balancer, examples, environment, readyMs });
  return {
    at: {
      url: cluster.url,
      metrics: `${cluster.url}/metrics`,
      grpc: `127.0.0.1:${await grpcPort(cluster.inferrer)}`,
    },
    logs: () => cluster.logs(),
    stop: () => cluster.stop(),
  };
}

async function startEmbedded(examples: string, folder: string): Promise<Running> {
  const port = await freePort();
  const started = await npmStart(folder, {
    ...environment,
    GRPC_PORT: String(port),
    EXAMPLE_MODELS: examples,
    START_TIMEOUT_MS: String(readyMs),
  });
  try {
    await npmReady(started, readyMs);
  } catch (error) {
    await npmEnd(started);
    throw error;
  }
  return {
    at: {
      url: started.url,
      metrics: `${started.url}/metrics`,
      metricsService: `http://127.0.0.1:${started.environment['METRICS_PORT'] ?? ''}`,
      grpc: `127.0.0.1:${port}`,
    },
    logs: () => started.said(),
    async stop() {
      process.kill(-(started.child.pid ?? 0), 'SIGTERM');
      await started.ended;
    },
  };
}
