import { measureChanges } from './changes/changes';
import { measureCosts } from './costs/costs';
import { measureDeadlines } from './deadlines/deadlines';
import { measureFaults } from './faults/faults';
import { measureOverload } from './overload/overload';
import type { Lab } from './lab';
import { measureLevers } from './levers/levers';
import { runMemory } from './memory';
import type { BenchOptions, SetName } from './options';
import { named, runPlan, scalePlan, type Plan } from './plans';
import type { BenchResults } from './results';
import { measureBare, type Bench } from './speed';

export type Measurements = Omit<BenchResults, 'date' | 'machine' | 'arguments' | 'effort'>;

/** Measures what the options ask for, one thing after the other. */
export async function runBench(options: BenchOptions, lab: Lab): Promise<Measurements> {
  const { effort, scenarios, sets } = options;
  const planned = scenarios.length > 0 || sets.includes('scale');
  const bare = options.bare || planned ? [lab.startBare(), lab.startBare()] : [];
  const bench: Bench = { effort, lab, bare };
  return {
    bare: options.bare ? await measureBare(bench) : [],
    scenarios: scenarios.length > 0 ? await runPlan(bench, planOf(options)) : [],
    ...(await measureSets(options, bench)),
  };
}

/** Each for itself, with clusters of its own. */
async function measureSets(
  options: BenchOptions,
  bench: Bench,
): Promise<Omit<Measurements, 'bare' | 'scenarios'>> {
  const wanted = (name: SetName): boolean => options.sets.includes(name);
  return {
    scale: wanted('scale') ? await runPlan(bench, scalePlan) : [],
    costs: wanted('costs') ? await measureCosts(bench) : [],
    changes: wanted('changes') ? await measureChanges(bench) : [],
    levers: wanted('levers') ? await measureLevers(bench) : [],
    overload: wanted('overload') ? await measureOverload(bench) : null,
    deadlines: wanted('deadlines') ? await measureDeadlines(bench) : [],
    faults: wanted('faults') ? await measureFaults(bench) : [],
    memory: wanted('memory') ? await watchMemory(options, bench.lab) : null,
  };
}

/** What the options ask for of the scenarios. */
export function planOf({ hosts, scenarios, connectionsOf, nginx }: BenchOptions): Plan {
  const planned = scenarios.map(named).map((scenario) => ({
    scenario,
    connections: connectionsOf(scenario),
  }));
  return { hosts, nginx, scenariosAt: () => planned };
}

async function watchMemory(options: BenchOptions, lab: Lab): ReturnType<typeof runMemory> {
  const { requests, flatPercent } = options;
  const cluster = await lab.startCluster({ hosts: 2 });
  lab.say(`memory over ${requests} requests`);
  try {
    return await runMemory(cluster, { folder: lab.folder, requests, flatPercent });
  } finally {
    await cluster.stop();
  }
}
