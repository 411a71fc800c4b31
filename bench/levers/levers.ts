import path from 'node:path';
import type { BenchCluster } from '../cluster';
import { named } from '../plans';
import { servedSide, type Served } from '../served-side';
import { alternate, beside, warmUp, type Side } from '../sides';
import type { Bench } from '../speed';
import { writeScript, type WrkRequest } from '../wrk';
import type { Lever, LeverResult } from './lever';

const hosts = 2;

const levers: readonly Lever[] = [
  {
    name: 'own HTTP reader',
    scenario: 'tiny-json',
    connections: 64,
    without: { request: throughNodeHttp },
  },
  {
    name: 'numbers from bytes',
    scenario: 'mlp-json',
    connections: 64,
    without: { request: withAnEscape },
  },
  {
    name: 'several callers in a run',
    scenario: 'tiny-json',
    connections: 64,
    without: { settings: { MAX_BATCH_ROWS: '1' } },
  },
  {
    name: 'several callers in a run',
    scenario: 'mlp-binary',
    connections: 64,
    without: { settings: { MAX_BATCH_ROWS: '1' } },
  },
  {
    name: 'shared memory',
    scenario: 'conv-binary',
    connections: 8,
    without: { settings: { LINK_SHARED_BYTES: '0' } },
  },
  {
    name: 'unix sockets',
    scenario: 'tiny-json',
    connections: 64,
    without: { settings: { LINK: 'tcp' } },
  },
  {
    name: 'sampled access log',
    scenario: 'tiny-json',
    connections: 64,
    without: { settings: { ACCESS_LOG: 'all' } },
  },
];

/** What each lever gives, beside the same cluster or another one that does without it. */
export async function measureLevers(bench: Bench): Promise<readonly LeverResult[]> {
  const cluster = await bench.lab.startCluster({ hosts });
  const results: LeverResult[] = [];
  for (const lever of levers) {
    bench.lab.say(`${lever.name}, ${lever.scenario}`);
    results.push(await measureLever(bench, cluster, lever));
  }
  await cluster.stop();
  return results;
}

async function measureLever(
  bench: Bench,
  cluster: BenchCluster,
  lever: Lever,
): Promise<LeverResult> {
  const { lab, effort } = bench;
  const scenario = named(lever.scenario);
  const { connections, without } = lever;
  const other =
    'settings' in without
      ? await lab.startCluster({ hosts, settings: without.settings })
      : undefined;
  const request = 'request' in without ? without.request(scenario.request) : scenario.request;
  const side = (name: string, sent: WrkRequest, at: BenchCluster): Side => {
    const script = writeScript(path.join(lab.folder, `${scenario.name}-${name}`), sent);
    return servedSide(served(name, at), scenario, { script, connections });
  };
  const sides = [
    side('used', scenario.request, cluster),
    side('unused', request, other ?? cluster),
  ];
  await warmUp(sides, effort.warmUpSeconds);
  const measured = await alternate(sides, effort);
  await other?.stop();
  const [used, unused] = [measured.get('used'), measured.get('unused')];
  if (used === undefined || unused === undefined) throw new Error(`${lever.name} was not measured`);
  const ratio = beside(used, unused).rate;
  return { lever: lever.name, scenario: scenario.name, connections, used, unused, ratio };
}

function served(name: string, cluster: BenchCluster): Served {
  return {
    name,
    urls: () => [cluster.url],
    processes: () => cluster.processes(),
    batchesAt: cluster.inferrers,
  };
}

/** A connection whose header is a list is handed over to node:http, for good. */
function throughNodeHttp(request: WrkRequest): WrkRequest {
  return { ...request, headers: { ...request.headers, connection: 'keep-alive, te' } };
}

/** With an escape in a name, the call is left to the reader for everything unusual. */
function withAnEscape(request: WrkRequest): WrkRequest {
  const text = Buffer.from(request.body).toString('utf8');
  const escaped = text.replace('"inputs"', String.raw`"\u0069nputs"`);
  if (escaped === text) throw new Error('the request has no inputs');
  return { ...request, body: Buffer.from(escaped) };
}
