import type { BenchCluster } from './cluster';
import type { ScenarioResult } from './results';
import { echoPrefix, sampleAnswers } from './sample-answers';
import { scenarios, type Scenario } from './scenarios';
import { servedCluster, type Served } from './served-side';
import { measureScenario, type Bench, type Servers } from './speed';

/** A scenario and the numbers of connections with which it is measured. */
export interface PlannedScenario {
  readonly scenario: Scenario;
  readonly connections: readonly number[];
}

/** What is measured at clusters of which sizes. */
export interface Plan {
  /** Numbers of modelhosts; each has a cluster of its own. */
  readonly hosts: readonly number[];
  readonly scenariosAt: (hosts: number) => readonly PlannedScenario[];
  /** Whether the cluster of docker-compose, with nginx in both places, is a side too. */
  readonly nginx: boolean;
}

/** From 1 to 1,000 connections and from 1 to 4 hosts. */
export const scalePlan: Plan = {
  hosts: [1, 2, 3, 4],
  nginx: false,
  scenariosAt: (hosts) => [
    { scenario: named('tiny-json'), connections: hosts === 2 ? [1, 8, 64, 256, 1000] : [64] },
    { scenario: named('conv-binary'), connections: [8] },
  ],
};

/** The scenario of this name. */
export function named(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`there is no scenario ${name}`);
  return found;
}

/** One cluster after the other; all beside the same echo. */
export async function runPlan(bench: Bench, plan: Plan): Promise<readonly ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  let echo: Served | undefined;
  for (const hosts of plan.hosts) {
    const planned = plan.scenariosAt(hosts);
    bench.lab.say(`starting a cluster of ${hosts} modelhosts`);
    const clusters = await startClusters(bench, { hosts, nginx: plan.nginx });
    echo ??= await startEcho(bench, clusters, planned);
    const servers: Servers = { clusters, echo, hosts };
    for (const one of planned) results.push(...(await measureScenario(bench, servers, one)));
    for (const cluster of clusters) await cluster.stop();
  }
  return results;
}

/** A cluster as a side, until it is stopped. */
export type ServedCluster = Served & Pick<BenchCluster, 'stop'>;

async function startClusters(
  { lab }: Bench,
  { hosts, nginx }: { readonly hosts: number; readonly nginx: boolean },
): Promise<readonly ServedCluster[]> {
  const direct = untilStopped('cluster', await lab.startCluster({ hosts }));
  if (!nginx) return [direct];
  lab.say('starting the same with nginx in both places');
  const composed = await lab.startComposed({ hosts, inferrers: 1, nginx: true });
  return [direct, untilStopped('nginx', composed)];
}

function untilStopped(name: string, cluster: BenchCluster): ServedCluster {
  return { ...servedCluster(name, cluster), stop: () => cluster.stop() };
}

async function startEcho(
  { lab }: Bench,
  [cluster]: readonly Served[],
  planned: readonly PlannedScenario[],
): Promise<Served> {
  const wanted = planned.map(({ scenario }) => scenario);
  const [url = ''] = cluster?.urls(wanted[0] ?? named('tiny-json')) ?? [];
  const replies = await sampleAnswers(url, wanted);
  return await lab.startEcho(replies, (echoUrl, scenario) => echoUrl + echoPrefix(scenario));
}
