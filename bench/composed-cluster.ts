import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  freePorts,
  shownLines,
  whenServing,
  type BenchCluster,
  type BenchClusterOptions,
} from './cluster';
import type { GroupProgram, ProcessGroup } from './process-group';

/** How the programs of a cluster are put together by hand. */
export interface ComposedOptions extends BenchClusterOptions {
  readonly inferrers: number;
  /** nginx in front of the inferrers and between them and the hosts, as docker-compose has it. */
  readonly nginx: boolean;
}

type Environment = Readonly<Record<string, string>>;

/** Inferrers, modelhosts and the metrics service, each a program of its own; no supervisor. */
export async function startComposedCluster(options: ComposedOptions): Promise<BenchCluster> {
  if (options.nginx) refuseWithoutNginx(options);
  const [edge = 0, balancer = 0, metrics = 0, ...ports] = await freePorts(options.inferrers + 3);
  const inferrers = ports.map(urlAt);
  const [url = ''] = inferrers;
  const { group } = options;
  for (const program of [
    ...ports.map((port) => inferrerProgram(options, { port, balancer })),
    ...hostPrograms(options, inferrers),
    nodeProgram(options, 'metrics/service', { PORT: `${metrics}`, INFERRER_URL: url }),
  ]) {
    group.start(program);
  }
  if (!options.nginx) return await whenServing({ url, sharesMemory: false, inferrers }, options);
  const inferrer = `127.0.0.1:${ports[0] ?? 0}`;
  group.start(nginxProgram(options, { role: 'balancer', port: balancer, inferrer }));
  group.start(nginxProgram(options, { role: 'edge', port: edge, inferrer }));
  const cluster = await whenServing({ url: urlAt(edge), sharesMemory: false, inferrers }, options);
  await untilPassedOn(group, [urlAt(edge), urlAt(balancer)]);
  return cluster;
}

function urlAt(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function nodeProgram(options: ComposedOptions, folder: string, own: Environment): GroupProgram {
  return {
    command: process.execPath,
    args: [path.join(options.built, folder, 'main.js')],
    environment: {
      ...options.environment,
      LISTEN_HOST: '127.0.0.1',
      BASE_PATH: '',
      LOG_FORMAT: 'json',
      ...own,
    },
  };
}

function inferrerProgram(
  options: ComposedOptions,
  { port, balancer }: { readonly port: number; readonly balancer: number },
): GroupProgram {
  return nodeProgram(options, 'inferrer', {
    PORT: `${port}`,
    GRPC_PORT: '0',
    BALANCER: options.nginx ? 'nginx' : 'direct',
    BALANCER_URL: urlAt(balancer),
  });
}

function hostPrograms(
  options: ComposedOptions,
  inferrers: readonly string[],
): readonly GroupProgram[] {
  return Array.from({ length: options.hosts }, (_, index) =>
    nodeProgram(options, 'modelhost', {
      PORT: '0',
      HOST_ID: `host-${index + 1}`,
      INFERRER_URL: inferrers.join(),
      MODEL_REPOSITORY: options.repository,
      EXAMPLE_MODELS: '',
      CORES: '1',
      TMPDIR: options.folder,
    }),
  );
}

interface NginxPlace {
  readonly role: 'edge' | 'balancer';
  readonly port: number;
  /** host:port of the inferrer. */
  readonly inferrer: string;
}

function nginxProgram(options: ComposedOptions, place: NginxPlace): GroupProgram {
  return {
    command: 'sh',
    args: [nginxScript(options), place.role],
    environment: {
      PATH: nginxPath(options),
      LISTEN: `127.0.0.1:${place.port}`,
      LISTEN_GRPC: 'off',
      INFERRER: place.inferrer,
      RUN_DIR: path.join(options.folder, place.role),
    },
    name: place.role,
  };
}

function nginxScript({ built }: ComposedOptions): string {
  return path.join(path.dirname(built), 'nginx', 'run.sh');
}

function nginxPath({ environment }: ComposedOptions): string {
  return `${environment['PATH'] ?? ''}:/usr/sbin`;
}

function refuseWithoutNginx(options: ComposedOptions): void {
  const folders = nginxPath(options).split(':');
  if (folders.some((folder) => existsSync(path.join(folder, 'nginx')))) return;
  throw new Error('nginx is wanted: apt-get install nginx');
}

const passMs = 20_000;
/** For a moment after it has taken a new list nginx goes on with the old one too. */
const wantedInRow = 5;

/** Resolves when nginx in both places passes requests on, several times in a row. */
async function untilPassedOn(group: ProcessGroup, urls: readonly string[]): Promise<void> {
  const endsAt = Date.now() + passMs;
  for (let inRow = 0; inRow < wantedInRow;) {
    inRow = (await allLive(urls)) ? inRow + 1 : 0;
    if (Date.now() < endsAt) await pause(100);
    else await giveUp(group);
  }
}

async function allLive(urls: readonly string[]): Promise<boolean> {
  const asked = urls.map(async (url) => {
    const signal = AbortSignal.timeout(2000);
    return (await fetch(`${url}/v2/health/live`, { signal })).ok;
  });
  return (await Promise.allSettled(asked)).every(
    (answer) => answer.status === 'fulfilled' && answer.value,
  );
}

async function giveUp(group: ProcessGroup): Promise<never> {
  await group.stop();
  throw new Error(`nginx does not pass on; its log ends so:\n${group.log(shownLines)}`);
}
