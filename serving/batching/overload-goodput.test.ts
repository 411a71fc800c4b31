import { ShoalError } from '../../core/errors';
import { batcher, doubler, DoublingHost } from '../../tests/support/doubling-host';
import { context, floats, request } from '../../tests/support/servables';
import type { RunBatch } from './batcher';

const rowMs = 3.6;
const deadlineMs = 500;
const runners = 2;
const capacityPerSecond = (runners * 1000) / rowMs;

/** Runners that take a batch's rows one after the other, finished ones of callers long gone, too. */
function createRunners(host: DoublingHost): RunBatch {
  const freeAt = Array.from({ length: runners }, () => 0);
  return (batch, deadline) =>
    new Promise((resolve, reject) => {
      const now = performance.now();
      const runner = freeAt.indexOf(Math.min(...freeAt));
      const startsAt = Math.max(now, freeAt[runner]!);
      // What nobody waits for any more when its turn comes is not begun.
      const endsAt = startsAt < deadline ? startsAt + rowMs * batch.rows : startsAt;
      freeAt[runner] = endsAt;
      setTimeout(() => {
        resolve(host.reply(batch));
      }, endsAt - now);
      setTimeout(() => {
        reject(new ShoalError('deadline_exceeded', 'it took too long'));
      }, deadline - now);
    });
}

describe('Batcher, asked for much more than it can do, of a model that gains little from batches', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick'] }));
  afterEach(() => jest.useRealTimers());

  test.each([3, 10])('%d times: the runners work for those who still wait', async (times) => {
    const subject = batcher(createRunners(new DoublingHost()), 2 * runners);
    const model = doubler({ maxRows: 64 });
    const seconds = Array.from({ length: 4 }, () => new Map<string, number>());
    let sent = 0;
    const ask = async (outcomes: Map<string, number>): Promise<void> => {
      const arrivedAt = performance.now();
      const asked = subject.infer(
        request(model, [floats('x', [1, 2], [1, 2])]),
        context({ arrivedAt, deadline: arrivedAt + deadlineMs }),
      );
      const outcome = await asked.then(
        () => 'right',
        (error: unknown) => (error as ShoalError).code,
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    };
    const all: Promise<void>[] = [];
    for (let ms = 0; ms < seconds.length * 1000; ms += 1) {
      for (; sent < (ms * times * capacityPerSecond) / 1000; sent += 1) {
        all.push(ask(seconds[Math.floor(ms / 1000)]!));
      }
      await jest.advanceTimersByTimeAsync(1);
    }
    await jest.advanceTimersByTimeAsync(deadlineMs);
    await Promise.all(all);
    subject.close();
    // In the first second it learns how long a batch takes.
    for (const outcomes of seconds.slice(1, -1)) {
      expect(outcomes.get('right')).toBeGreaterThan(0.9 * capacityPerSecond);
      expect(outcomes.get('deadline_exceeded') ?? 0).toBeLessThan(0.05 * capacityPerSecond);
    }
  });
});
