import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { ask } from '../support/ask';
import { startCallers, stopCallers } from '../support/callers';
import { describeEachCluster } from '../support/each-balancer';
import { askSlow, slowOutcome } from '../support/slow-calls';
import { watchStalls } from '../support/stalls';

/**
 * What asks for health gives a process up after so long. How fast it is the bench tells: here it
 * shares the machine with whatever else runs, and with the 2000 callers.
 */
const healthMs = 5_000;

function residentMegabytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) / 1024;
}

describeEachCluster(
  'calls of a slow model',
  (cluster) => {
    afterEach(stopCallers);

    test('a deadline that passes is 504, and the model answers the next call', async () => {
      const began = performance.now();
      const late = await askSlow(cluster().url, 1, { timeoutMs: 50 });
      expect(slowOutcome(late, 1)).toBe('504 deadline_exceeded');
      expect(performance.now() - began).toBeGreaterThanOrEqual(50);
      expect(slowOutcome(await askSlow(cluster().url, 2, { timeoutMs: 30_000 }), 2)).toBe('right');
    });

    test('2000 at once: health answers all the time, everybody gets an answer of his own', async () => {
      const agent = new Agent({ maxSockets: 2000 });
      const stalls = watchStalls();
      let slowestMs = 0;
      const health = startCallers(1, async () => {
        const began = performance.now();
        const { status } = await ask(`${cluster().url}/health/ready`);
        const tookMs = performance.now() - began;
        slowestMs = Math.max(slowestMs, tookMs - stalls.longestSince(began));
        if (status !== 200) throw new Error(`health: ${status}`);
      });
      const rows = Array.from({ length: 2000 }, (_, row) => row);
      const [outcomes, patientOutcomes] = [new Map<string, number>(), new Map<string, number>()];
      await Promise.all(
        rows.map(async (row) => {
          const patient = row % 10 === 0;
          const timeoutMs = patient ? 60_000 : 2_500;
          const outcome = slowOutcome(await askSlow(cluster().url, row, { timeoutMs, agent }), row);
          const counts = patient ? patientOutcomes : outcomes;
          counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
        }),
      );
      const meanwhile = health.answered;
      agent.destroy();
      await health.stop();
      stalls.stop();
      expect(health.failures).toEqual([]);
      const known = ['right', '504 deadline_exceeded', '503 overloaded'];
      expect([...outcomes.keys()].filter((outcome) => !known.includes(outcome))).toEqual([]);
      expect([...patientOutcomes]).toEqual([['right', 200]]);
      expect(meanwhile).toBeGreaterThan(5);
      expect(slowestMs).toBeLessThan(healthMs);
      expect(residentMegabytes(cluster().inferrer.pid)).toBeLessThan(600);
    });
  },
  { models: ['add-sub', 'slow'] },
);
