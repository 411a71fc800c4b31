import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { missingCommand } from './describe-where';
import { freePort } from './free-port';
import { eventually } from './processes';
import { samplesOf } from './samples';

const execute = promisify(execFile);

/** Why this Compose cannot run a stack on this machine; undefined if it can. */
export function missingStack(version: 'v1' | 'v2'): string | undefined {
  const command = missingCommand('docker', ...(version === 'v1' ? ['docker-compose'] : []));
  if (command !== undefined) return command;
  if (spawnSync('docker', ['info']).status !== 0) return 'no Docker engine answers';
  const there = version === 'v1' || spawnSync('docker', ['compose', 'version']).status === 0;
  return there ? undefined : 'no docker compose (v2)';
}

/** A container as `docker inspect` tells it; only what the tests look at. */
export interface Container {
  readonly Id: string;
  readonly State: { readonly Pid: number; readonly ExitCode: number; readonly Status: string };
  readonly Config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly HostConfig: { readonly ReadonlyRootfs: boolean; readonly CapDrop: readonly string[] };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
    readonly Ports: Readonly<
      Record<string, readonly { HostIp: string; HostPort: string }[] | null>
    >;
  };
}

/** Its addresses in the project's networks. */
export function addressesOf({ NetworkSettings: { Networks } }: Container): string {
  return Object.values(Networks)
    .map(({ IPAddress }) => IPAddress)
    .join(' ');
}

export interface StackOptions {
  /** Compose's command. */
  readonly tool: readonly [string, ...string[]];
  /** Name of the project, to which the number of this process is added. */
  readonly project: string;
  /** Beside the project, its images and its ports. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A stack that is not started yet, on ports that are free. */
export async function createStack(options: StackOptions): Promise<ComposeStack> {
  return new ComposeStack(options, {
    PORT: String(await freePort()),
    GRPC_PORT: String(await freePort()),
    METRICS_PORT: String(await freePort()),
    PROMETHEUS_PORT: String(await freePort()),
  });
}

type Ports = Readonly<Record<'PORT' | 'GRPC_PORT' | 'METRICS_PORT' | 'PROMETHEUS_PORT', string>>;

/** The compose project of the repository's root, under a name and on ports of its own. */
export class ComposeStack {
  /** Of the edge, with the base path. */
  readonly url: string;
  /** Port of the edge for gRPC. */
  readonly grpc: number;
  readonly prometheus: string;
  /** Of the metrics module. */
  readonly metrics: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly #tool: StackOptions['tool'];

  constructor({ tool, project, environment = {} }: StackOptions, ports: Ports) {
    this.#tool = tool;
    this.url = `http://127.0.0.1:${ports.PORT}${environment['BASE_PATH'] ?? ''}`;
    this.grpc = Number(ports.GRPC_PORT);
    this.metrics = `http://127.0.0.1:${ports.METRICS_PORT}`;
    this.prometheus = `http://127.0.0.1:${ports.PROMETHEUS_PORT}`;
    this.environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      DOCKER_BUILDKIT: '0',
      COMPOSE_PROJECT_NAME: `${project}${process.pid}`,
      IMAGE_PREFIX: 'shoal-test',
      ...ports,
      ...environment,
    };
  }

  /** Builds the images and starts the project; resolves when two modelhosts serve. */
  async start(...upArguments: readonly string[]): Promise<void> {
    await this.compose('build');
    await this.compose('up', '-d', ...upArguments);
    await this.serving(2);
  }

  /** Ends the project, and its volumes with it. */
  async stop(): Promise<void> {
    await this.compose('down', '-v', '--timeout', '5');
  }

  /** Runs `docker-compose <args>`; what it printed. */
  async compose(...args: readonly string[]): Promise<string> {
    const [file, ...first] = this.#tool;
    return await this.run(file, ...first, ...args);
  }

  /** Runs any command in the stack's environment; rejects with what it said. */
  async run(file: string, ...args: readonly string[]): Promise<string> {
    const options = { env: this.environment, maxBuffer: 1 << 26 };
    return (await execute(file, args, options)).stdout;
  }

  async exec(service: string, ...args: readonly string[]): Promise<string> {
    return await this.compose('exec', '-T', service, ...args);
  }

  /** All containers of the project, or of one of its services. */
  async containers(service?: string): Promise<Container[]> {
    const ids = (await this.compose('ps', '-q', ...(service === undefined ? [] : [service])))
      .split('\n')
      .filter((id) => id !== '');
    return await this.inspect(...ids);
  }

  async inspect(...ids: readonly string[]): Promise<Container[]> {
    if (ids.length === 0) return [];
    return JSON.parse(await this.run('docker', 'inspect', ...ids)) as Container[];
  }

  /** Ends a container's process by its id; resolves with the ms until the engine runs it again. */
  async restarted(
    container: Container,
    signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM',
  ): Promise<number> {
    const began = performance.now();
    process.kill(container.State.Pid, signal);
    const runsAgain = async (): Promise<true | undefined> => {
      const [again] = await this.inspect(container.Id);
      const pid = again?.State.Pid ?? 0;
      return pid !== 0 && pid !== container.State.Pid ? true : undefined;
    };
    await eventually('the container runs again', runsAgain, 60_000);
    return Math.round(performance.now() - began);
  }

  /** Resolves when every inferrer says that exactly so many modelhosts serve. */
  async serving(hosts: number): Promise<void> {
    for (const { Id } of await this.containers('inferrer')) {
      const wait = ['node', 'await-modelhosts.mjs', String(hosts), '120'];
      await this.run('docker', 'exec', Id, ...wait);
    }
  }

  /**
   * Resolves when the edge, under load, has passed more requests on to every inferrer; where it does
   * not, it says what has `happened`.
   */
  async edgeUsesAll(happened = 'it was started'): Promise<void> {
    for (const inferrer of await this.containers('inferrer')) {
      const { Id } = inferrer;
      const before = await this.#requestsOf(Id);
      await eventually(
        `the edge passes requests on to the inferrer at ${addressesOf(inferrer)}; ${happened}`,
        async () => (await this.#requestsOf(Id)) > before + 20 || undefined,
        60_000,
      );
    }
  }

  /** How many requests for results an inferrer has answered or begun. */
  async #requestsOf(id: string): Promise<number> {
    const ask = "fetch('http://127.0.0.1:8000/metrics').then((r) => r.text()).then(console.log)";
    return samplesOf(await this.run('docker', 'exec', id, 'node', '-e', ask))
      .filter(({ labels }) => labels.startsWith('shoal_requests_total{'))
      .reduce((sum, { value }) => sum + value, 0);
  }
}
