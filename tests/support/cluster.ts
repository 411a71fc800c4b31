import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port';
import { startNginx, type RunningNginx } from './nginx';
import { exampleModels, preparedRepository } from './prepared-repository';
import { eventually, startProcess, type StartedProcess } from './processes';
import { runnerPids } from './runner-pids';

export type Balancer = 'direct' | 'nginx';

export interface ClusterOptions {
  /** both: two inferrers of the same hosts, the first by itself, the second through nginx. */
  readonly balancer: Balancer | 'both';
  /** Number of modelhosts; 2 where it is not said. */
  readonly hosts?: number;
  /** Environment of all processes. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Models for the empty repository; the examples where it is not said, '' for none. */
  readonly examples?: string;
  /** Of the examples those that it begins with, where not all: each host that starts loads and warms them up. */
  readonly models?: readonly string[];
  /** Number of inferrers over the same hosts; 1 where it is not said. */
  readonly inferrers?: number;
  /** Folder with the build of the processes; this one where it is not said. */
  readonly build?: string;
  /** A repository that is there already; a new one where it is not said. */
  readonly repository?: string;
  /** Longest wait for the whole cluster where it has more models to load than usual. */
  readonly readyMs?: number;
}

/** What an inferrer says of a host. */
export interface HostLine {
  readonly id: string;
  readonly url: string;
  readonly ready: boolean;
  readonly draining: boolean;
}

/**
 * Longest wait for hosts, and for a whole cluster from the first process on. It takes that long only
 * where many others want the machine. Less than half of what a hook has that starts one: those that
 * do not get theirs in time cannot stop it either.
 */
const readyMs = 100_000;

/** Longest wait for a single answer about the cluster: longer, and the process hangs. */
const answerMs = 5000;

/** A cluster of real processes on loopback: one inferrer, modelhosts, nginx between if asked. */
export class TestCluster {
  /** The first inferrer. */
  readonly url: string;
  /** All inferrers. */
  readonly urls: readonly string[];
  readonly repository: string;
  readonly folder: string;
  /** All inferrers, in the order of `urls`. */
  readonly inferrers: StartedProcess[];
  readonly modelhosts = new Map<string, StartedProcess>();
  readonly #options: ClusterOptions;
  readonly #nginx: RunningNginx | undefined;
  /** Those that have ended as well. */
  readonly #processes: StartedProcess[];
  #started = 0;

  constructor(
    options: ClusterOptions,
    parts: {
      folder: string;
      ports: readonly number[];
      inferrers: StartedProcess[];
      nginx?: RunningNginx;
    },
  ) {
    this.#options = options;
    this.#nginx = parts.nginx;
    this.folder = parts.folder;
    this.repository = options.repository ?? path.join(parts.folder, 'models');
    const base = options.environment?.['BASE_PATH'] ?? '';
    this.urls = parts.ports.map((port) => `http://127.0.0.1:${port}${base}`);
    this.url = this.urls[0]!;
    this.inferrers = parts.inferrers;
    this.#processes = [...parts.inferrers];
  }

  /** The first inferrer. */
  get inferrer(): StartedProcess {
    return this.inferrers[0]!;
  }

  /** Starts an inferrer that has ended again, at the address it had. */
  restartInferrer(index: number, build = this.#options.build ?? ''): StartedProcess {
    const port = Number(new URL(this.urls[index]!).port);
    const balancer = Number(new URL(this.#nginx?.url ?? 'http://none:1').port);
    const again = startInferrer({ ...this.#options, build }, index, [port, balancer]);
    this.inferrers[index] = again;
    this.#processes.push(again);
    return again;
  }

  /** Starts one more modelhost; it serves some time after this returns. */
  addHost(
    environment: Readonly<Record<string, string>> = {},
    build = this.#options.build ?? '',
  ): StartedProcess {
    this.#started += 1;
    const id = environment['HOST_ID'] ?? `h${this.#started}`;
    const host = startProcess(id, path.join(build, 'modelhost/main.js'), {
      ...this.#options.environment,
      TMPDIR: this.folder,
      HOST_ID: id,
      BASE_PATH: '',
      INFERRER_URL: this.urls.join(),
      MODEL_REPOSITORY: this.repository,
      EXAMPLE_MODELS: this.#options.examples ?? exampleModels,
      CORES: '1',
      ...environment,
    });
    this.modelhosts.set(id, host);
    this.#processes.push(host);
    return host;
  }

  /** What an inferrer, the first where it is not said, says of its hosts. */
  async hosts(inferrer = this.url): Promise<HostLine[]> {
    const answer = await this.#ask(`${inferrer}/cluster/hosts`);
    return ((await answer.json()) as { hosts: HostLine[] }).hosts;
  }

  /** Resolves when every inferrer, and nginx behind it, knows that exactly these hosts serve. */
  async ready(...ids: string[]): Promise<void> {
    await this.readyBy(performance.now() + readyMs, ids);
  }

  /** As `ready`; fails at that time of `performance`. */
  async readyBy(deadline: number, ids: readonly string[]): Promise<void> {
    const wanted = [...ids].sort().join();
    for (const url of this.urls) {
      await eventually(
        `hosts ${wanted} serve`,
        async () => {
          const ready = (await this.hosts(url)).filter((host) => host.ready).map(({ id }) => id);
          return ready.sort().join() === wanted ? true : undefined;
        },
        until(deadline),
      );
    }
    await this.#balanced(deadline, ids);
  }

  /**
   * nginx follows the list a moment later, and for a moment its old workers go on: it knows the
   * hosts when it has passed on to each, and to any, several times in a row.
   */
  async #balanced(deadline: number, ids: readonly string[]): Promise<void> {
    const { url } = this.#nginx ?? {};
    if (url === undefined || ids.length === 0) return;
    let inRow = 0;
    const passesOn = async (): Promise<true | undefined> => {
      const pins = [{}, ...ids.map((id) => ({ 'shoal-host': id }))];
      const answers = await Promise.all(pins.map((pin) => this.#ask(`${url}/modelhost`, pin)));
      inRow = answers.every((answer) => answer.ok) ? inRow + 1 : 0;
      return inRow >= 5 ? true : undefined;
    };
    await eventually(`nginx passes on to ${ids.join(', ')}`, passesOn, until(deadline));
  }

  /** Everything that the processes have logged, those that have ended as well. */
  logs(): string {
    return [...this.#processes.map((one) => one.log()), this.#nginx?.log() ?? ''].join('\n');
  }

  async stop(): Promise<void> {
    const hosts = [...this.modelhosts.values()];
    for (const { pid } of hosts) thawRunners(pid);
    await Promise.all(hosts.map((host) => host.end('SIGKILL')));
    await Promise.all(this.inferrers.map((one) => one.end('SIGKILL')));
    await this.#nginx?.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #ask(url: string, pin: Readonly<Record<string, string>> = {}): Promise<Response> {
    const secret = this.#options.environment?.['CLUSTER_SECRET'];
    const known = secret === undefined ? {} : { 'shoal-cluster-secret': secret };
    return fetch(url, { headers: { ...known, ...pin }, signal: AbortSignal.timeout(answerMs) });
  }
}

/** Starts a cluster and resolves when all its hosts serve. Leaves nothing where it fails. */
export async function startCluster(options: ClusterOptions): Promise<TestCluster> {
  const prepared = beginsWithExamples(options) ? await preparedRepository() : undefined;
  const deadline = performance.now() + (options.readyMs ?? readyMs);
  const balancerPort = await freePort();
  const ports: number[] = [];
  const count = options.inferrers ?? (options.balancer === 'both' ? 2 : 1);
  while (ports.length < count) ports.push(await freePort());
  const nginx =
    options.balancer === 'direct' ? undefined : await startBalancer(options, balancerPort, ports);
  const folder = createFolder(prepared, options.models);
  const inferrers = ports.map((port, at) => startInferrer(options, at, [port, balancerPort]));
  const parts = { folder, ports, inferrers, ...(nginx === undefined ? {} : { nginx }) };
  const cluster = new TestCluster(options, parts);
  const ids = Array.from({ length: options.hosts ?? 2 }, () => cluster.addHost().name);
  try {
    await Promise.race([cluster.readyBy(deadline, ids), ...inferrers.map(endsEarly)]);
  } catch (error) {
    const logs = cluster.logs();
    await cluster.stop();
    throw new Error(`the cluster did not start:\n${logs}`, { cause: error });
  }
  return cluster;
}

function createFolder(prepared: string | undefined, models: readonly string[] = ['']): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-cluster-'));
  if (prepared === undefined) return folder;
  for (const model of models) {
    const to = path.join(folder, 'models', model);
    cpSync(path.join(prepared, model), to, { recursive: true });
  }
  return folder;
}

/** An earlier build prepares its repository by itself. */
function beginsWithExamples({ examples, repository, build }: ClusterOptions): boolean {
  return examples === undefined && repository === undefined && build === undefined;
}

/** Milliseconds until a time of `performance`. */
function until(time: number): number {
  return Math.max(0, Math.round(time - performance.now()));
}

/** A frozen runner does not notice that its host ends: it would stay for ever. */
function thawRunners(modelhost: number): void {
  for (const runner of runnerPids(modelhost)) {
    try {
      process.kill(runner, 'SIGCONT');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Rejects when the process ends. */
async function endsEarly(started: StartedProcess): Promise<never> {
  throw new Error(`${started.name} ended with ${await started.ended}`);
}

function startInferrer(
  { balancer, environment, build = '' }: ClusterOptions,
  index: number,
  [port, balancerPort]: readonly [own: number, balancer: number],
): StartedProcess {
  const both = index === 0 ? 'direct' : 'nginx';
  return startProcess('inferrer', path.join(build, 'inferrer/main.js'), {
    PORT: String(port),
    BALANCER: balancer === 'both' ? both : balancer,
    BALANCER_URL: `http://127.0.0.1:${balancerPort}`,
    ...environment,
  });
}

function startBalancer(
  { environment = {} }: ClusterOptions,
  port: number,
  inferrerPorts: readonly number[],
): Promise<RunningNginx> {
  const { BASE_PATH = '', CLUSTER_SECRET = '' } = environment;
  return startNginx({
    role: 'balancer',
    port,
    inferrer: inferrerPorts.map((one) => `127.0.0.1:${one}`).join(),
    environment: { BASE_PATH, CLUSTER_SECRET },
  });
}
