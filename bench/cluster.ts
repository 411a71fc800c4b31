import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { NamedProcess } from './cluster-process';
import type { ProcessGroup } from './process-group';

/** A cluster, started by the bench. */
export interface BenchCluster {
  /** Where clients send. */
  readonly url: string;
  /** Where clients send gRPC; undefined where nobody takes it. */
  readonly grpc?: string;
  /** Whether clients on this machine may name shared memory. */
  readonly sharesMemory: boolean;
  /** Of the inferrers themselves. */
  readonly inferrers: readonly string[];
  readonly hosts: number;
  processes(): readonly NamedProcess[];
  /** All that its processes have written. */
  log(): string;
  stop(): Promise<void>;
}

/** How a cluster is to be. */
export interface BenchClusterOptions {
  /** Folder of the built programs. */
  readonly built: string;
  /** Empty so far; whoever made it ends it, also where the start fails. */
  readonly group: ProcessGroup;
  /** A folder of this cluster's own for sockets and logs. */
  readonly folder: string;
  readonly repository: string;
  /** All of these are served before the start is done. */
  readonly models: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Modelhosts, with one runner of one thread each. */
  readonly hosts: number;
}

const startMs = 60_000;
const pollMs = 100;
/** Of the log of a cluster that does not start. */
export const shownLines = 20;

/** What `npm start` starts; resolves when all hosts serve every model. */
export async function startCluster(options: BenchClusterOptions): Promise<BenchCluster> {
  const [port = 0, grpcPort = 0, metricsPort = 0] = await freePorts(3);
  const url = `http://127.0.0.1:${port}`;
  options.group.start({
    command: process.execPath,
    args: [path.join(options.built, 'embedded', 'main.js')],
    environment: {
      ...options.environment,
      ...ownEnvironment(options),
      PORT: `${port}`,
      GRPC_PORT: `${grpcPort}`,
      SHARED_MEMORY: 'on',
      METRICS_PORT: `${metricsPort}`,
    },
  });
  const grpc = `http://127.0.0.1:${grpcPort}`;
  return await whenServing({ url, grpc, sharesMemory: true, inferrers: [url] }, options);
}

/** The running group as a cluster, when every inferrer has the hosts and all serve the models. */
export async function whenServing(
  where: Omit<BenchCluster, 'hosts' | 'processes' | 'log' | 'stop'>,
  options: Pick<BenchClusterOptions, 'group' | 'hosts' | 'models'>,
): Promise<BenchCluster> {
  const { group, hosts } = options;
  try {
    for (const url of where.inferrers) await untilServing(group, url, options);
  } catch (error) {
    await group.stop();
    throw new Error(`The cluster did not start; its log ends so:\n${group.log(shownLines)}`, {
      cause: error,
    });
  }
  return {
    ...where,
    hosts,
    processes: () => group.processes(),
    log: () => group.log(),
    stop: () => group.stop(),
  };
}

function ownEnvironment(options: BenchClusterOptions): Readonly<Record<string, string>> {
  return {
    LISTEN_HOST: '127.0.0.1',
    BASE_PATH: '',
    MODELHOSTS: `${options.hosts}`,
    CORES: `${options.hosts}`,
    MODEL_REPOSITORY: options.repository,
    EXAMPLE_MODELS: '',
    CONTROL_SOCKET: path.join(options.folder, 'control.sock'),
    LOG_FORMAT: 'json',
  };
}

/** Ports that are free now; taken together, so that they differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

async function untilServing(
  group: ProcessGroup,
  url: string,
  wanted: Pick<BenchClusterOptions, 'hosts' | 'models'>,
): Promise<void> {
  const endsAt = Date.now() + startMs;
  while (!(await serving(url, wanted))) {
    group.check();
    if (Date.now() > endsAt) throw new Error(`not ready after ${startMs} ms`);
    await pause(pollMs);
  }
}

/** Whether as many hosts as wanted are ready and every model can be asked. */
export async function serving(
  url: string,
  { hosts, models }: Pick<BenchClusterOptions, 'hosts' | 'models'>,
): Promise<boolean> {
  const seen = await get(`${url}/cluster/hosts`);
  if (seen === undefined) return false;
  if ((seen.match(/"ready":true/g) ?? []).length < hosts) return false;
  const ready = await Promise.all(models.map((model) => get(`${url}/v2/models/${model}/ready`)));
  return ready.every((answer) => answer !== undefined);
}

async function get(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    const text = await response.text();
    return response.ok ? text : undefined;
  } catch {
    return undefined;
  }
}
