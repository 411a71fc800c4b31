import type { BenchCluster } from '../cluster';
import { startHealthProbe } from '../health-probe';
import { judgeLoad } from '../load/load-verdict';
import type { Bench } from '../speed';
import type { SlowCalls, SlowCallsRound } from './overload-run';
import { graceMs, slowRequest } from './slow-request';

const calls = 2000;
/** The first does not let all of them be answered. */
const timeouts = [500, 60_000];
/** All are due within so long. */
const dueMs = 1;
/** Late answers are waited for, so that they count as such. */
const drainMs = 3_000;

/** So many calls of the slow model at once, each over a connection of its own. */
export async function measureSlowCalls(
  { lab, effort }: Bench,
  cluster: BenchCluster,
): Promise<readonly SlowCalls[]> {
  const results = timeouts.map((timeoutMs) => ({ timeoutMs, rounds: [] as SlowCallsRound[] }));
  for (let round = 0; round < effort.rounds; round += 1) {
    for (const { timeoutMs, rounds } of results) {
      lab.say(`${calls} slow calls at once, each with ${timeoutMs} ms`);
      const generator = lab.startLoad();
      rounds.push(await measureRound(generator, cluster.url, timeoutMs));
      await generator.stop();
    }
  }
  return results;
}

async function measureRound(
  generator: ReturnType<Bench['lab']['startLoad']>,
  url: string,
  timeoutMs: number,
): Promise<SlowCallsRound> {
  const probe = startHealthProbe(url);
  const seconds = dueMs / 1000;
  const answer = await generator.ask({
    url,
    request: slowRequest('bench-slow', { timeout: timeoutMs * 1000 }),
    stages: [{ ratePerSecond: calls / seconds, seconds }],
    connections: calls,
    drainSeconds: (timeoutMs + drainMs) / 1000,
  });
  const health = await probe.stop(answer.startedAt);
  const window = { fromMs: 0, toMs: dueMs, deadlineMs: timeoutMs + graceMs };
  return { load: judgeLoad(answer, window), health };
}
