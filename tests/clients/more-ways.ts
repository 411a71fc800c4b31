import { cpSync } from 'node:fs';
import path from 'node:path';
import { TestCertificates } from '../support/certificates';
import { startCluster } from '../support/cluster';
import { freePort } from '../support/free-port';
import { grpcPort } from '../support/grpc-client';
import { eventually, startProcess } from '../support/processes';
import type { Running } from './running';

const token = 'asks-only';
const managing = 'may-change-models';
const watching = 'sees-metrics';

/** The models that are asked for here; with all of them, loading would take most of the time. */
const models = ['simple', 'digits', 'iris', 'identity_fp64', 'half_plus_two'];

/** Where these ways find their models, and what they may take to start. */
export interface Start {
  /** The models of all ways. */
  readonly examples: string;
  /** For files of the servers. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly readyMs: number;
}

/** A cluster that wants tokens, and certificates of callers over gRPC. */
export async function startGuarded(start: Start): Promise<Running> {
  const certificates = new TestCertificates();
  const [server, caller] = [certificates.make('server'), certificates.make('caller')];
  try {
    const cluster = await startCluster({
      balancer: 'direct',
      examples: few(start),
      readyMs: start.readyMs,
      environment: {
        ...start.environment,
        TOKENS: `app:${token}=infer;ops:${managing}=infer+manage;eye:${watching}=metrics`,
        CLUSTER_SECRET: 'of-the-cluster',
        GRPC_TLS_CERT: server.certFile,
        GRPC_TLS_KEY: server.keyFile,
        GRPC_TLS_CLIENT_CA: caller.certFile,
      },
    });
    return {
      at: {
        url: cluster.url,
        metrics: `${cluster.url}/metrics`,
        grpc: `localhost:${await grpcPort(cluster.inferrer)}`,
        shown: {
          token,
          managing,
          watching,
          authority: server.certFile,
          certificate: caller.certFile,
          key: caller.keyFile,
        },
      },
      logs: () => cluster.logs(),
      async stop() {
        await cluster.stop();
        certificates.remove();
      },
    };
  } catch (error) {
    certificates.remove();
    throw error;
  }
}

/** A modelhost by itself, without an inferrer, as it is in a container of SageMaker's. */
export async function startAlone(start: Start): Promise<Running> {
  const { folder, environment, readyMs } = start;
  const url = `http://127.0.0.1:${await freePort()}`;
  const host = startProcess('modelhost', 'modelhost/main.js', {
    ...environment,
    PORT: new URL(url).port,
    TMPDIR: folder,
    MODEL_REPOSITORY: path.join(folder, 'models'),
    EXAMPLE_MODELS: few(start),
    SAGEMAKER_MODEL: 'identity_fp64',
    CORES: '1',
  });
  try {
    await eventually('the modelhost serves', () => isReady(url), readyMs);
    return {
      at: { url, metrics: `${url}/metrics`, grpc: `127.0.0.1:${await grpcPort(host)}` },
      logs: () => host.log(),
      async stop() {
        await host.end('SIGTERM');
      },
    };
  } catch (error) {
    await host.end('SIGKILL');
    throw error;
  }
}

async function isReady(url: string): Promise<true | undefined> {
  const answer = await fetch(`${url}/v2/health/ready`, { signal: AbortSignal.timeout(5000) });
  return answer.ok ? true : undefined;
}

function few({ examples, folder }: Start): string {
  const chosen = path.join(folder, 'few');
  for (const name of models) {
    cpSync(path.join(examples, name), path.join(chosen, name), { recursive: true });
  }
  return chosen;
}
