import type { BenchCluster } from './cluster';
import type { ScenarioResult } from './results';
import { echoPrefix, sampleAnswers } from './sample-answers';
import { scenarios, type EchoName, type Scenario } from './scenarios';
import { hasRegions, servedCluster, type Served } from './served-side';
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
  let echoes: Servers['echoes'] | undefined;
  for (const hosts of plan.hosts) {
    const planned = plan.scenariosAt(hosts);
    bench.lab.say(`starting a cluster of ${hosts} modelhosts`);
    const clusters = await startClusters(bench, { hosts, nginx: plan.nginx });
    await shareAll(bench, clusters, planned);
    echoes ??= await startEchoes(bench, clusters, planned);
    const servers: Servers = { clusters, echoes, hosts };
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

/** The shared memory that scenarios name, at each cluster that takes these scenarios. */
async function shareAll(
  { lab }: Bench,
  clusters: readonly ServedCluster[],
  planned: readonly PlannedScenario[],
): Promise<void> {
  for (const { urls } of clusters) {
    for (const { scenario } of planned) {
      const [url] = urls(scenario);
      if (url !== undefined && hasRegions(scenario)) await lab.share(url, scenario);
    }
  }
}

/** Each of the echoes that the scenarios are compared with, with what the cluster answers. */
async function startEchoes(
  { lab }: Bench,
  [cluster]: readonly Served[],
  planned: readonly PlannedScenario[],
): Promise<Servers['echoes']> {
  const urlOf = (scenario: Scenario): string => cluster?.urls(scenario)[0] ?? '';
  const wanted = planned.flatMap(({ scenario, connections }) =>
    connections.flatMap((count) => scenario.references(count).map((name) => ({ name, scenario }))),
  );
  const echoes: Partial<Record<EchoName, Served>> = {};
  for (const name of ['echo', 'h2-echo'] as const) {
    const these = new Set(wanted.filter((one) => one.name === name).map((one) => one.scenario));
    if (these.size === 0) continue;
    const replies = await sampleAnswers(urlOf, [...these]);
    echoes[name] = await lab.startEcho(name, replies, (url, one) => url + echoPrefix(one));
  }
  return echoes;
}
