import path from 'node:path';
import type { BenchCluster } from '../cluster';
import { startHealthProbe } from '../health-probe';
import { judgeLoad, recoveredAfterMs } from '../load/load-verdict';
import { input, jsonRequest } from '../scenarios';
import type { Bench } from '../speed';
import { readUsage, usagePerRequest } from '../usage-meter';
import { runWrk, writeScript, type WrkRequest } from '../wrk';
import type { OverloadRun, OverloadStep } from './overload-run';

const deadlineMs = 500;
/** An answer needs some time to its client after the deadline was kept. */
const graceMs = 50;
const multiples = [1, 3, 10];
const connections = 1000;
/** The calm stretch: half of the capacity. */
const calm = { share: 0.5, seconds: 3 };
const drainSeconds = 3;

/** A model of some milliseconds, so that arriving requests are not what the machine is busy with. */
export async function measureOverload({ lab, effort }: Bench): Promise<OverloadRun> {
  const cluster = await lab.startCluster({ hosts: 2 });
  const seconds = effort.seconds * effort.rounds;
  const script = writeScript(path.join(lab.folder, 'overload'), slowRequest());
  const run = { url: cluster.url, connections: 16 };
  await runWrk(script, { ...run, seconds: effort.warmUpSeconds });
  const { requests, seconds: took } = await runWrk(script, { ...run, seconds });
  const capacity = requests / took;
  const steps: Omit<OverloadStep, 'ofPeak'>[] = [];
  for (const times of multiples) {
    lab.say(`overload: ${times} x ${Math.round(capacity)} requests a second`);
    steps.push(await measureStep(cluster, lab.startLoad(), { times, capacity, seconds }));
  }
  await cluster.stop();
  const goodput = ({ load }: Pick<OverloadStep, 'load'>): number => load.good / load.seconds;
  const peak = Math.max(capacity, ...steps.map(goodput));
  return {
    capacity,
    deadlineMs,
    steps: steps.map((step) => ({ ...step, ofPeak: goodput(step) / peak })),
  };
}

type Generator = ReturnType<Bench['lab']['startLoad']>;

async function measureStep(
  cluster: BenchCluster,
  generator: Generator,
  step: { readonly times: number; readonly capacity: number; readonly seconds: number },
): Promise<Omit<OverloadStep, 'ofPeak'>> {
  const { times, capacity, seconds } = step;
  const observed = [{ name: 'generator', pid: generator.pid }];
  const before = readUsage(observed);
  const probe = startHealthProbe(cluster.url);
  const answer = await generator.ask({
    url: cluster.url,
    request: slowRequest({ timeout: deadlineMs * 1000 }),
    stages: [
      { ratePerSecond: times * capacity, seconds },
      { ratePerSecond: calm.share * capacity, seconds: calm.seconds },
    ],
    connections,
    drainSeconds,
  });
  const health = await probe.stop();
  const used = usagePerRequest(before, readUsage(observed), 1).cpuUs['generator'] ?? NaN;
  await generator.stop();
  const toMs = seconds * 1000;
  const limitMs = deadlineMs + graceMs;
  return {
    times,
    load: judgeLoad(answer, { fromMs: 0, toMs, deadlineMs: limitMs }),
    health,
    recoveredMs: recoveredAfterMs(answer, toMs, limitMs),
    generatorShare: used / ((seconds + calm.seconds) * 1e6),
  };
}

function slowRequest(parameters: Readonly<Record<string, number>> = {}): WrkRequest {
  return jsonRequest('bench-slow', [input('x', [1, 16])], parameters).request;
}
