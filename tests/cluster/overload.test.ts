import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSlow } from '../../examples/build/slow';
import { askAddSub } from '../support/add-sub-call';
import { ask, type Reply } from '../support/ask';
import { startCallers, stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { createJournal } from '../support/faults/journal';
import { openLoad, percentile, type OpenLoad } from '../support/faults/open-load';
import { eventually } from '../support/processes';
import { askSlow, slowOutcome } from '../support/slow-calls';
import { upload } from '../support/uploads';

/** Longest wait of each request, in milliseconds. */
const timeoutMs = 500;
/** What a busy machine may take beyond that. */
const graceMs = 1_500;
/** The pace of those who ask something else meanwhile: a rest after each answer. */
const restMs = { health: 20, other: 10 };
const model = 'ponder';

describeEachBalancer('asked for 3 and 10 times what it can do', (balancer) => {
  let cluster: TestCluster;
  let folder: string;
  const agent = new Agent({ keepAlive: true, maxSockets: 2000 });
  const others = new Agent({ keepAlive: true });

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-overload-'));
    cluster = await startCluster({ balancer, hosts: 1 });
    const file = path.join(folder, `${model}.onnx`);
    writeFileSync(file, buildSlow(1_000));
    const fields = { config: '{"max_batch_size":0}' };
    expect(await upload(cluster.url, model, file, { fields })).toMatchObject({ status: 201 });
  });

  afterEach(stopCallers);

  afterAll(async () => {
    agent.destroy();
    others.destroy();
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function call(row: number): Promise<string> {
    const reply = await askSlow(cluster.url, row, { model, timeoutMs, agent });
    const retry = Number(reply.headers['retry-after']);
    const outcome = slowOutcome(reply, row);
    const told = outcome !== '503 overloaded' || (retry >= 1 && retry <= 30);
    return told ? outcome : `${outcome} without Retry-After`;
  }

  /** Right answers a second of callers that ask without a pause: as much as the model can do. */
  async function capacity(): Promise<number> {
    const callers = startCallers(4, async (seed) => {
      const outcome = await call(seed);
      if (outcome !== 'right') throw new Error(outcome);
    });
    await callers.more(20);
    const [began, before] = [performance.now(), callers.answered];
    await callers.more(150);
    const perSecond = (callers.answered - before) / ((performance.now() - began) / 1000);
    await callers.stop();
    expect(callers.failures).toEqual([]);
    return perSecond;
  }

  test('goodput stays, health and other models answer, and it recovers at once', async () => {
    const journal = createJournal(`overload, ${balancer}`);
    const peak = await capacity();
    journal.note(`capacity ${peak.toFixed(0)} a second`);
    const slowest = new Map<string, number>();
    const askHealth = async (): Promise<void> => {
      const { status } = await timed('health', () =>
        ask(`${cluster.url}/health/ready`, { agent: others }),
      );
      if (status !== 200) throw new Error(`health: ${status}`);
    };
    const askOther = async (seed: number): Promise<void> => {
      await timed('other', () => askAddSub(cluster.url, seed, { agent: others }));
    };
    const health = startCallers(1, askHealth, { restMs: restMs.health });
    const other = startCallers(1, askOther, { restMs: restMs.other });
    async function timed(what: string, asking: () => Promise<Reply>): Promise<Reply> {
      const began = performance.now();
      const reply = await asking();
      slowest.set(what, Math.max(slowest.get(what) ?? 0, performance.now() - began));
      return reply;
    }
    try {
      for (const times of [3, 10]) {
        const seconds = 3;
        const load = await openLoad({ perSecond: times * peak, seconds, call });
        const right = load.times('right');
        journal.note(
          `${times} x: ${tellAll(load)}; goodput ${((right.length / seconds / peak) * 100).toFixed(0)} %, ` +
            `accepted: median ${percentile(right, 0.5).toFixed(0)} ms, 99 % ${percentile(right, 0.99).toFixed(0)} ms`,
        );
        expectOnly(load, ['right', '503 overloaded', '504 deadline_exceeded']);
        expect(load.outcomes.get('503 overloaded')).toBeGreaterThan(0);
        expect(right.length / seconds).toBeGreaterThan(peak * 0.3);
        expect(percentile(right, 0.99)).toBeLessThan(timeoutMs + graceMs);
        expect(percentile(load.times('504 deadline_exceeded'), 1)).toBeLessThan(
          timeoutMs + graceMs,
        );
        const began = performance.now();
        await eventually('it recovers', async () => (await call(1)) === 'right' || undefined);
        const ms = performance.now() - began;
        journal.note(`recovered after ${ms.toFixed(0)} ms`);
        expect(ms).toBeLessThan(timeoutMs + graceMs);
      }
    } finally {
      await Promise.all([health.stop(), other.stop()]);
      for (const [what, ms] of slowest) journal.note(`${what}: slowest ${ms.toFixed(0)} ms`);
      journal.print();
    }
    expect([...health.failures, ...other.failures]).toEqual([]);
    expect(health.answered).toBeGreaterThan(20);
    expect(slowest.get('health')).toBeLessThan(graceMs);
    expect(slowest.get('other')).toBeLessThan(2 * graceMs);
  });

  test('in a full queue the more urgent are served', async () => {
    const rows = Array.from({ length: 600 }, (_, row) => row);
    const outcomes = await Promise.all(
      rows.map(async (row) => {
        const priority = row % 2 === 0 ? 1 : 9;
        const reply = await askSlow(cluster.url, row, {
          model,
          timeoutMs: 4 * timeoutMs,
          priority,
          agent,
        });
        return [priority, slowOutcome(reply, row)] as const;
      }),
    );
    const right = (wanted: number): number =>
      outcomes.filter(([priority, outcome]) => priority === wanted && outcome === 'right').length;
    // Without priorities it is one to one; those who come early find no queue yet.
    expect(right(1)).toBeGreaterThan(1.4 * right(9));
  });
});

function expectOnly(load: OpenLoad, known: readonly string[]): void {
  expect([...load.outcomes.keys()].filter((outcome) => !known.includes(outcome))).toEqual([]);
}

function tellAll({ outcomes }: OpenLoad): string {
  return [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}
