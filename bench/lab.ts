import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BareChild } from './bare-side';
import { startChild } from './child';
import { startCluster, type BenchCluster } from './cluster';
import type { EchoAnswer, EchoQuestion, EchoReply } from './echo/reply';
import { benchModels, writeBenchModels } from './models';
import type { Scenario } from './scenarios';
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
  startCluster(): Promise<BenchCluster>;
  startEcho(replies: readonly EchoReply[], urlOf: EchoUrl): Promise<Served>;
  /** Ends what was started, the last first, and removes the folder. */
  close(): Promise<void>;
}

/** Where echo answers a scenario, given where it listens. */
export type EchoUrl = (url: string, scenario: Scenario) => string;

export function createLab(surroundings: Surroundings): Lab {
  const { built, environment, say } = surroundings;
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-bench-'));
  const repository = path.join(folder, 'models');
  mkdirSync(repository);
  writeBenchModels(repository);
  const started: { stop(): Promise<void> }[] = [];
  const program = (name: string): string => path.join(built, name, 'main.js');
  const profiled = profiling(surroundings, program('bench/profile'));
  const kept = <Started extends { stop(): Promise<void> }>(one: Started): Started => {
    started.push(one);
    return one;
  };
  return {
    folder,
    say,
    modelFile: (model) => path.join(repository, model, '1', 'model.onnx'),
    startBare: () => kept(startChild(program('bench/bare'), environment)),
    startCluster: async () =>
      kept(
        await startCluster({
          program: program('embedded'),
          models: Object.keys(benchModels),
          folder,
          repository,
          environment: profiled,
        }),
      ),
    startEcho: async (replies, urlOf) => {
      const child = kept(startChild<EchoQuestion, EchoAnswer>(program('bench/echo'), profiled));
      const { port } = await child.ask({ serve: replies });
      const url = `http://127.0.0.1:${port}`;
      return servedEcho(child.pid, (scenario) => urlOf(url, scenario));
    },
    close: async () => {
      for (const one of started.splice(0).reverse()) await one.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function servedEcho(pid: number, url: Served['url']): Served {
  return { name: 'echo', url, processes: () => [{ name: 'echo', pid }], batches: false };
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
