import type { BenchCluster } from './cluster';
import type { Lab } from './lab';
import { runMemory } from './memory';
import type { BenchOptions } from './options';
import type { BenchResults, ScenarioResult } from './results';
import { echoPrefix, sampleAnswers } from './sample-answers';
import { scenarios } from './scenarios';
import type { Served } from './served-side';
import { measureBare, measureScenario, type Bench } from './speed';

export type Measurements = Pick<BenchResults, 'bare' | 'scenarios' | 'memory'>;

/** Measures what the options ask for, one thing after the other. */
export async function runBench(options: BenchOptions, lab: Lab): Promise<Measurements> {
  const { effort, connectionsOf } = options;
  const wanted = options.scenarios.length > 0;
  const bare = options.bare || wanted ? [lab.startBare(), lab.startBare()] : [];
  const bench: Bench = { effort, lab, connectionsOf, bare };
  const alone = options.bare ? await measureBare(bench) : [];
  if (!wanted && !options.memory) return { bare: alone, scenarios: [], memory: null };
  lab.say('starting the cluster');
  const cluster = await lab.startCluster();
  return {
    bare: alone,
    scenarios: await measureScenarios(options, bench, cluster),
    memory: options.memory ? await watchMemory(options, lab, cluster) : null,
  };
}

async function measureScenarios(
  options: BenchOptions,
  bench: Bench,
  cluster: BenchCluster,
): Promise<readonly ScenarioResult[]> {
  const wanted = scenarios.filter(({ name }) => options.scenarios.includes(name));
  const replies = await sampleAnswers(cluster.url, wanted);
  const echo = await bench.lab.startEcho(replies, (url, scenario) => url + echoPrefix(scenario));
  const served = servedCluster(cluster);
  const results: ScenarioResult[] = [];
  for (const scenario of wanted) {
    results.push(...(await measureScenario(bench, scenario, { cluster: served, echo })));
  }
  return results;
}

function servedCluster(cluster: BenchCluster): Served {
  return {
    name: 'cluster',
    url: () => cluster.url,
    processes: () => cluster.processes(),
    batches: true,
  };
}

async function watchMemory(
  options: BenchOptions,
  lab: Lab,
  cluster: BenchCluster,
): ReturnType<typeof runMemory> {
  const { requests, flatPercent } = options;
  lab.say(`memory over ${requests} requests`);
  return await runMemory(cluster, { folder: lab.folder, requests, flatPercent });
}
