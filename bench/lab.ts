import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BareChild } from './bare-side';
import { startChild, type BenchChild } from './child';
import { startCluster, type BenchCluster, type BenchClusterOptions } from './cluster';
import { startComposedCluster, type ComposedOptions } from './composed-cluster';
import type { IdleAnswer, IdleQuestion } from './idle/question';
import type { LoadAnswer, LoadQuestion } from './load/question';
import type { EchoAnswer, EchoQuestion, EchoReply } from './echo/reply';
import { benchModels, writeBenchModels } from './models';
import { createProcessGroup } from './process-group';
import { shareRegions } from './regions';
import type { EchoName, Scenario } from './scenarios';
import type { Served } from './served-side';

/** Where the bench finds its programs and whom it tells what it does. */
export interface Surroundings {
  /** Folder of the built programs. */
  readonly built: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where processor profiles of the cluster and of echo go; undefined for none. */
  readonly profileFolder: string | undefined;
  readonly say: (text: string) => void;
}

/** A folder of this run's own with the models in it, and all processes that are measured. */
export interface Lab {
  readonly folder: string;
  readonly say: (text: string) => void;
  modelFile(model: string): string;
  startBare(): BareChild;
  /** The embedded cluster. */
  startCluster(wanted: ClusterWish): Promise<BenchCluster>;
  /** The same programs, put together by hand. */
  startComposed(wanted: ClusterWish & ComposedWish): Promise<BenchCluster>;
  startEcho(name: EchoName, replies: readonly EchoReply[], urlOf: EchoUrl): Promise<Served>;
  /** Shares the memory that a scenario names with the cluster at this address. */
  share(url: string, scenario: Scenario): Promise<void>;
  startIdle(): BenchChild<IdleQuestion, IdleAnswer>;
  startLoad(): BenchChild<LoadQuestion, LoadAnswer>;
  /** Ends what was started, the last first, and removes the folder. */
  close(): Promise<void>;
}

/** What may differ from one cluster to the next; the repository has the bench's models if not said. */
export type ClusterWish = Pick<BenchClusterOptions, 'hosts'> &
  Partial<Pick<BenchClusterOptions, 'repository' | 'models'>> & {
    /** Beside the environment. */
    readonly settings?: Readonly<Record<string, string>>;
  };
type ComposedWish = Pick<ComposedOptions, 'inferrers' | 'nginx'>;

/** Where echo answers a scenario, given where it listens. */
export type EchoUrl = (url: string, scenario: Scenario) => string;

export function createLab(surroundings: Surroundings): Lab {
  const { built, environment, say } = surroundings;
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-bench-'));
  const repository = writeBenchModels(path.join(folder, 'models'));
  const started: { stop(): Promise<void> }[] = [];
  const program = (name: string): string => path.join(built, name, 'main.js');
  const profiled = profiling(surroundings, program('bench/profile'));
  const kept = <Started extends { stop(): Promise<void> }>(one: Started): Started => {
    started.push(one);
    return one;
  };
  const ready = ({ settings, ...wanted }: ClusterWish): BenchClusterOptions => {
    const own = mkdtempSync(path.join(folder, 'cluster-'));
    const group = kept(createProcessGroup(own));
    const by = { built, folder: own, group, environment: { ...profiled, ...settings } };
    return { ...by, repository, models: Object.keys(benchModels), ...wanted };
  };
  return {
    folder,
    say,
    modelFile: (model) => path.join(repository, model, '1', 'model.onnx'),
    startBare: () => kept(startChild(program('bench/bare'), environment)),
    startIdle: () => kept(startChild(program('bench/idle'), environment)),
    startLoad: () => kept(startChild(program('bench/load'), environment)),
    startCluster: async (wanted) => await startCluster(ready(wanted)),
    startComposed: async ({ inferrers, nginx, ...wanted }) =>
      await startComposedCluster({ ...ready(wanted), inferrers, nginx }),
    startEcho: async (name, replies, urlOf) => {
      const child = kept(startChild<EchoQuestion, EchoAnswer>(program(`bench/${name}`), profiled));
      const url = `http://127.0.0.1:${(await child.ask({ serve: replies })).port}`;
      return servedEcho(name, child.pid, (scenario) => [urlOf(url, scenario)]);
    },
    share: async (url, scenario) => void kept(await shareRegions(url, scenario)),
    close: async () => {
      for (const one of started.splice(0).reverse()) await one.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function servedEcho(name: EchoName, pid: number, urls: Served['urls']): Served {
  return { name, urls, processes: () => [{ name, pid }], batchesAt: [] };
}

/** The environment, with what makes a process write a profile where that is wanted. */
function profiling(
  { environment, profileFolder }: Surroundings,
  profiler: string,
): Surroundings['environment'] {
  if (profileFolder === undefined) return environment;
  mkdirSync(profileFolder, { recursive: true });
  return {
    ...environment,
    NODE_OPTIONS: `--require=${profiler}`,
    SHOAL_BENCH_PROFILE: path.resolve(profileFolder),
  };
}
