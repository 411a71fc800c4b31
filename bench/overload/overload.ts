import path from 'node:path';
import type { BenchCluster } from '../cluster';
import { startHealthProbe } from '../health-probe';
import { goodPerSecond, judgeLoad, recoveredAfterMs } from '../load/load-verdict';
import type { Bench } from '../speed';
import { readUsage, usagePerRequest } from '../usage-meter';
import { runWrk, writeScript } from '../wrk';
import type { OverloadRound, OverloadRun, OverloadStep } from './overload-run';
import { measureSlowCalls } from './slow-calls';
import { graceMs, slowModels, slowRequest, type SlowModel } from './slow-request';

const deadlineMs = 500;
const multiples = [1, 3, 10];
const connections = 1000;
/** Of the capacity: callers that wait for their answers. */
const patient = 16;
/** Of a step: in less of it queues have hardly filled. */
const leastSeconds = 2;
/** The calm stretch: half of the capacity. */
const calm = { share: 0.5, seconds: 3 };
const drainSeconds = 3;
/** Of the capacity: in more of it nothing changes. */
const mostCapacitySeconds = 10;

/**
 * What arrives at ten times the capacity of a fast model keeps the machine busy by itself; at that of
 * a slow one it does not. The capacity is measured before each step, as machines are not equally
 * fast all the time.
 */
export async function measureOverload(bench: Bench): Promise<OverloadRun> {
  const cluster = await bench.lab.startCluster({ hosts: 2 });
  const steps: OverloadStep[] = [];
  for (const model of slowModels) steps.push(...(await measureModel(bench, cluster, model)));
  const slowCalls = await measureSlowCalls(bench, cluster);
  await cluster.stop();
  return { deadlineMs, steps, slowCalls };
}

async function measureModel(
  { lab, effort }: Bench,
  cluster: BenchCluster,
  model: SlowModel,
): Promise<readonly OverloadStep[]> {
  const script = writeScript(path.join(lab.folder, `overload-${model}`), slowRequest(model));
  const run = { url: cluster.url, connections: patient };
  lab.say(`overload of ${model}, warming up`);
  await runWrk(script, { ...run, seconds: effort.warmUpSeconds });
  const seconds = Math.max(effort.seconds, leastSeconds);
  const steps = multiples.map((times) => ({ model, times, rounds: [] as OverloadRound[] }));
  for (let round = 0; round < effort.rounds; round += 1) {
    for (const { times, rounds } of steps) {
      const { requests, seconds: took } = await runWrk(script, {
        ...run,
        seconds: Math.min(seconds, mostCapacitySeconds),
      });
      const capacity = requests / took;
      lab.say(`overload of ${model}: ${times} x ${Math.round(capacity)} requests a second`);
      const step = { model, times, capacity, seconds };
      rounds.push(await measureStep(cluster, lab.startLoad(), step));
    }
  }
  return steps;
}

type Generator = ReturnType<Bench['lab']['startLoad']>;

async function measureStep(
  cluster: BenchCluster,
  generator: Generator,
  step: Pick<OverloadStep, 'model' | 'times'> & {
    readonly capacity: number;
    readonly seconds: number;
  },
): Promise<OverloadRound> {
  const { model, times, capacity, seconds } = step;
  const observed = [{ name: 'generator', pid: generator.pid }];
  const before = readUsage(observed);
  const probe = startHealthProbe(cluster.url);
  const answer = await generator.ask({
    url: cluster.url,
    request: slowRequest(model, { timeout: deadlineMs * 1000 }),
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
  const window = { fromMs: 0, toMs: seconds * 1000, deadlineMs: deadlineMs + graceMs };
  return {
    capacity,
    goodPerSecond: goodPerSecond(answer, window),
    load: judgeLoad(answer, window),
    health,
    recoveredMs: recoveredAfterMs(answer, window.toMs, window.deadlineMs),
    generatorShare: used / ((seconds + calm.seconds) * 1e6),
  };
}
