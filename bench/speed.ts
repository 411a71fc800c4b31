import { bareSide, type BareChild, type BareWork } from './bare-side';
import { generatorOf } from './generator';
import type { Lab } from './lab';
import type { Send } from './load-request';
import type { BareResult, Compared, ScenarioResult } from './results';
import { input } from './requests';
import { bareNames, type BareName, type EchoName } from './scenarios';
import type { Reference, Scenario } from './scenarios';
import { servedSide, type Served } from './served-side';
import { alternate, beside, warmUp, type Effort, type Measured, type Side } from './sides';

/** What the measurements need; all of it runs already. */
export interface Bench {
  readonly effort: Effort;
  readonly lab: Lab;
  /** Two, or none where nothing is compared with them. */
  readonly bare: readonly BareChild[];
}

const bareModels = [
  { model: 'bench-tiny', inputs: ['INPUT0', 'INPUT1'], shape: [16] },
  { model: 'bench-mlp', inputs: ['x'], shape: [784] },
  { model: 'bench-conv', inputs: ['x'], shape: [3, 224, 224] },
] as const;

/** Every model in one and in two processes, alone and in batches of 32. */
export async function measureBare(bench: Bench): Promise<readonly BareResult[]> {
  const results: BareResult[] = [];
  for (const model of bareModels) {
    for (const rows of [1, 32]) results.push(...(await measureBareModel(bench, model, rows)));
  }
  return results;
}

async function measureBareModel(
  bench: Bench,
  { model, inputs, shape }: (typeof bareModels)[number],
  rows: number,
): Promise<readonly BareResult[]> {
  bench.lab.say(`${model}, ${rows} rows a run, by itself`);
  const work = {
    file: bench.lab.modelFile(model),
    inputs: inputs.map((name) => input(name, [rows, ...shape])),
    rows,
  };
  const { 'bare x1': one, 'bare x2': two } = bareSides(bench, work);
  const measured = await alternate([one, two], bench.effort);
  return [1, 2].map((processes) => ({
    model,
    processes,
    rows,
    measured: measuredOf(measured, `bare x${processes}`),
  }));
}

/** The servers that a scenario's requests go to. */
export interface Servers {
  /** The cluster, and others that are compared with it. */
  readonly clusters: readonly Served[];
  /** Those that the scenarios are compared with. */
  readonly echoes: Readonly<Partial<Record<EchoName, Served>>>;
  /** Modelhosts of each of the clusters. */
  readonly hosts: number;
}

const warmConnections = 64;

/**
 * The clusters and what they are compared with, in turn, at each number of connections. Before
 * that all servers see many of these requests, as few connections alone would take long to warm
 * them: V8 compiles what is called often, and what is called once per batch, not once per request,
 * is called often only after seconds of many connections.
 */
export async function measureScenario(
  bench: Bench,
  servers: Servers,
  planned: { readonly scenario: Scenario; readonly connections: readonly number[] },
): Promise<readonly ScenarioResult[]> {
  const { scenario } = planned;
  const send = generatorOf(bench.lab.folder, scenario);
  const warm = { send, connections: warmConnections };
  const referred = planned.connections.flatMap((count) => scenario.references(count));
  const echoes = Object.entries(servers.echoes).flatMap(([name, echo]) =>
    referred.includes(name as EchoName) ? [echo] : [],
  );
  const all = [...asked(servers, scenario), ...echoes];
  bench.lab.say(`${scenario.name}, warming up`);
  await warmUp(
    all.map((served) => servedSide(served, scenario, warm)),
    bench.effort.warmUpSeconds,
  );
  const results: ScenarioResult[] = [];
  for (const connections of planned.connections) {
    results.push(await measureCell(bench, servers, { scenario, send, connections }));
  }
  return results;
}

/** A scenario at one number of connections. */
interface Cell {
  readonly scenario: Scenario;
  readonly send: Send;
  readonly connections: number;
}

async function measureCell(bench: Bench, servers: Servers, cell: Cell): Promise<ScenarioResult> {
  const { scenario, connections } = cell;
  bench.lab.say(`${scenario.name}, ${connections} connections, ${servers.hosts} hosts`);
  const { inputs, rows } = scenario;
  const bare = bareSides(bench, { file: bench.lab.modelFile(scenario.model), inputs, rows });
  const sideOf = (reference: Reference): Side =>
    isBare(reference) ? bare[reference] : servedSide(echoNamed(servers, reference), scenario, cell);
  const references = scenario.references(connections);
  const clusters = asked(servers, scenario).map((served) => servedSide(served, scenario, cell));
  const sides = [...clusters, ...references.map(sideOf)];
  const measured = await alternate(sides, bench.effort);
  return {
    scenario: scenario.name,
    hosts: servers.hosts,
    connections,
    sides: Object.fromEntries(measured),
    beside: comparedWith(references, clusters).map(({ side, reference }) => ({
      side,
      reference,
      ...beside(measuredOf(measured, side), measuredOf(measured, reference)),
    })),
  };
}

/** The clusters that take what the scenario sends. */
function asked({ clusters }: Servers, scenario: Scenario): readonly Served[] {
  return clusters.filter((served) => served.urls(scenario).length > 0);
}

function echoNamed({ echoes }: Servers, name: EchoName): Served {
  const echo = echoes[name];
  if (echo === undefined) throw new Error(`${name} was not started`);
  return echo;
}

/** Each cluster with each reference, and the others with the first cluster. */
function comparedWith(
  references: readonly Reference[],
  clusters: readonly Side[],
): readonly Pick<Compared, 'side' | 'reference'>[] {
  return clusters.flatMap(({ name: side }, index) => {
    const first = index === 0 ? [] : [clusters[0]?.name ?? ''];
    return [...references, ...first].map((reference) => ({ side, reference }));
  });
}

function measuredOf(measured: ReadonlyMap<string, Measured>, name: string): Measured {
  const found = measured.get(name);
  if (found === undefined) throw new Error(`${name} was not measured`);
  return found;
}

/** A server sleeps between the requests of one caller for about as long, and its processor too. */
const restMs = 2;

function isBare(reference: Reference): reference is BareName {
  return (bareNames as readonly string[]).includes(reference);
}

function bareSides({ bare }: Bench, work: BareWork): Record<BareName, Side> {
  return {
    'bare rested': bareSide('bare rested', bare.slice(0, 1), { ...work, restMs }),
    'bare x1': bareSide('bare x1', bare.slice(0, 1), work),
    'bare x2': bareSide('bare x2', bare, work),
  };
}
