import { ShoalError } from '../../core/errors';
import { batcher, doubler, DoublingHost } from '../../tests/support/doubling-host';
import { context, floats, request } from '../../tests/support/servables';
import type { RunBatch } from './batcher';

const deadlineMs = 500;
const runners = 2;
const maxRows = 64;

/** How long a run takes: this, and that for each of its rows. */
interface Model {
  readonly runMs: number;
  readonly rowMs: number;
  /** Share of its capacity that it answers at least. */
  readonly share: number;
}

/** Two gain nothing from batches; one nearly all, and its runs take a quarter of the time. */
const models: readonly Model[] = [
  { runMs: 0, rowMs: 3.6, share: 0.9 },
  { runMs: 0, rowMs: 25, share: 0.9 },
  { runMs: 90, rowMs: 0.5, share: 0.7 },
];

/** Runners that take a batch's rows one after the other, finished ones of callers long gone, too. */
function createRunners(host: DoublingHost, { runMs, rowMs }: Model): RunBatch {
  const freeAt = Array.from({ length: runners }, () => 0);
  return (batch, deadline) =>
    new Promise((resolve, reject) => {
      const now = performance.now();
      const runner = freeAt.indexOf(Math.min(...freeAt));
      const startsAt = Math.max(now, freeAt[runner]!);
      // What nobody waits for any more when its turn comes is not begun.
      const endsAt = startsAt < deadline ? startsAt + runMs + rowMs * batch.rows : startsAt;
      freeAt[runner] = endsAt;
      setTimeout(() => {
        resolve(host.reply(batch));
      }, endsAt - now);
      setTimeout(() => {
        reject(new ShoalError('deadline_exceeded', 'it took too long'));
      }, deadline - now);
    });
}

describe('Batcher, asked for much more than it can do', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick'] }));
  afterEach(() => jest.useRealTimers());

  const cases = models.flatMap((model) => [3, 10].map((times) => ({ ...model, times })));

  test.each(cases)(
    '$times times, runs of $runMs ms and $rowMs a row: the runners work for those who still wait',
    async (one) => {
      const { runMs, rowMs, share, times } = one;
      const capacityPerSecond = (1000 * runners * maxRows) / (runMs + rowMs * maxRows);
      const subject = batcher(createRunners(new DoublingHost(), one), 2 * runners);
      const model = doubler({ maxRows, overheadRows: runMs / rowMs });
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
        expect(outcomes.get('right')).toBeGreaterThan(share * capacityPerSecond);
        expect(outcomes.get('deadline_exceeded') ?? 0).toBeLessThan(0.05 * capacityPerSecond);
      }
    },
  );
});
