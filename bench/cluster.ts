import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { clusterProcesses, killLeft, type NamedProcess } from './cluster-process';

/** The embedded cluster, started by the bench. */
export interface BenchCluster {
  /** Of the inferrer. */
  readonly url: string;
  processes(): readonly NamedProcess[];
  stop(): Promise<void>;
}

export interface BenchClusterOptions {
  /** The built supervisor. */
  readonly program: string;
  /** A folder of the bench's own for sockets, logs. */
  readonly folder: string;
  readonly repository: string;
  /** All of these are served before the start is done. */
  readonly models: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const startMs = 60_000;
const stopMs = 40_000;
const pollMs = 100;

/** Two modelhosts with one runner each; resolves when both serve every model. */
export async function startCluster(options: BenchClusterOptions): Promise<BenchCluster> {
  const [port, metricsPort] = await freePorts(2);
  const url = `http://127.0.0.1:${port}`;
  const logFile = path.join(options.folder, 'cluster.log');
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, [options.program], {
    env: {
      ...options.environment,
      ...ownEnvironment(options),
      PORT: `${port}`,
      METRICS_PORT: `${metricsPort}`,
    },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const cluster: BenchCluster = {
    url,
    processes: () => clusterProcesses(child.pid ?? 0),
    stop: () => stop(child),
  };
  try {
    await untilServing({ child, url, models: options.models });
  } catch (error) {
    await cluster.stop();
    const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
    throw new Error(`The cluster did not start; its log ends so:\n${lines}`, { cause: error });
  }
  return cluster;
}

function ownEnvironment(options: BenchClusterOptions): Readonly<Record<string, string>> {
  return {
    LISTEN_HOST: '127.0.0.1',
    BASE_PATH: '',
    MODELHOSTS: '2',
    MODEL_REPOSITORY: options.repository,
    EXAMPLE_MODELS: '',
    CONTROL_SOCKET: path.join(options.folder, 'control.sock'),
    LOG_FORMAT: 'json',
  };
}

/** Ports that are free now; taken together, so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

async function untilServing(what: {
  readonly child: ChildProcess;
  readonly url: string;
  readonly models: readonly string[];
}): Promise<void> {
  const endsAt = Date.now() + startMs;
  while (!(await serving(what.url, what.models))) {
    if (ended(what.child)) throw new Error('it ended');
    if (Date.now() > endsAt) throw new Error(`not ready after ${startMs} ms`);
    await pause(pollMs);
  }
}

async function serving(url: string, models: readonly string[]): Promise<boolean> {
  const hosts = await get(`${url}/cluster/hosts`);
  if (hosts === undefined) return false;
  if ((hosts.match(/"ready":true/g) ?? []).length < 2) return false;
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

/** Lets the cluster drain; what of it is left after that is killed. */
async function stop(child: ChildProcess): Promise<void> {
  if (ended(child)) return;
  const started = clusterProcesses(child.pid ?? 0);
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => {
    killLeft(started);
  }, stopMs);
  await exit;
  clearTimeout(late);
  killLeft(started);
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
