import path from 'node:path';
import type { BenchCluster } from '../cluster';
import type { LoadRequest } from '../load-request';
import { named } from '../plans';
import { servedCluster, servedSide } from '../served-side';
import { alternate, beside, warmUp, type Side } from '../sides';
import type { Bench } from '../speed';
import { wrkSends } from '../wrk';
import type { Lever, LeverResult, Without } from './lever';

const hosts = 2;

const eachAlone = { settings: { MAX_BATCH_ROWS: '1' } };

const levers: readonly Lever[] = [
  lever('own HTTP reader', 'tiny-json', { request: throughNodeHttp }),
  lever('numbers from bytes', 'mlp-json', { request: withAnEscape }),
  lever('several callers in a run', 'tiny-json', eachAlone),
  lever('several callers in a run', 'mlp-binary', eachAlone),
  lever('shared memory', 'conv-binary', { settings: { LINK_SHARED_BYTES: '0' } }, 8),
  lever('unix sockets', 'tiny-json', { settings: { LINK: 'tcp' } }),
  lever('sampled access log', 'tiny-json', { settings: { ACCESS_LOG: 'all' } }),
];

function lever(name: string, scenario: string, without: Without, connections = 64): Lever {
  return { name, scenario, connections, without };
}

/** What each lever gives, beside the same cluster or another one that does without it. */
export async function measureLevers(bench: Bench): Promise<readonly LeverResult[]> {
  const cluster = await bench.lab.startCluster({ hosts });
  const results: LeverResult[] = [];
  for (const one of levers) {
    bench.lab.say(`${one.name}, ${one.scenario}`);
    results.push(await measureLever(bench, cluster, one));
  }
  await cluster.stop();
  return results;
}

async function measureLever(
  bench: Bench,
  cluster: BenchCluster,
  { name, scenario: scenarioName, connections, without }: Lever,
): Promise<LeverResult> {
  const { lab, effort } = bench;
  const scenario = named(scenarioName);
  const other =
    'settings' in without
      ? await lab.startCluster({ hosts, settings: without.settings })
      : undefined;
  const request = 'request' in without ? without.request(scenario.request) : scenario.request;
  const side = (as: string, sent: LoadRequest, at: BenchCluster): Side => {
    const send = wrkSends(path.join(lab.folder, `${scenario.name}-${as}`), sent);
    return servedSide(servedCluster(as, at), scenario, { send, connections });
  };
  const sides = [
    side('used', scenario.request, cluster),
    side('unused', request, other ?? cluster),
  ];
  await warmUp(sides, effort.warmUpSeconds);
  const measured = await alternate(sides, effort);
  await other?.stop();
  const [used, unused] = [measured.get('used'), measured.get('unused')];
  if (used === undefined || unused === undefined) throw new Error(`${name} was not measured`);
  const ratio = beside(used, unused).rate;
  return { lever: name, scenario: scenario.name, connections, used, unused, ratio };
}

/** A connection whose header is a list is handed over to node:http, for good. */
function throughNodeHttp(request: LoadRequest): LoadRequest {
  return { ...request, headers: { ...request.headers, connection: 'keep-alive, te' } };
}

/** With an escape in a name, the call is left to the reader for everything unusual. */
function withAnEscape(request: LoadRequest): LoadRequest {
  const text = Buffer.from(request.body).toString('utf8');
  const escaped = text.replace('"inputs"', String.raw`"\u0069nputs"`);
  if (escaped === text) throw new Error('the request has no inputs');
  return { ...request, body: Buffer.from(escaped) };
}
