import type { ShoalError } from '../../core/errors';
import { batcher, doubler, DoublingHost, turn } from '../../tests/support/doubling-host';
import { context, floats, request } from '../../tests/support/servables';

describe('Batcher, at its limits', () => {
  afterEach(() => jest.useRealTimers());

  test.each([{ queueRows: 2 }, { queueBytes: 16 }])(
    'a queue that is full, %j, refuses with overloaded and says the numbers',
    async (limits) => {
      const host = new DoublingHost();
      host.hold = true;
      const subject = batcher(host.run, 1, limits);
      const model = doubler();
      const ask = (): Promise<unknown> =>
        subject.infer(request(model, [floats('x', [1, 2], [0, 0])]), context());
      const first = ask();
      await turn();
      const ended = Promise.allSettled([first, ask(), ask(), ask()]);
      release(host);
      const [refused, ...others] = (await ended).reverse();
      expect(others.map(({ status }) => status)).toEqual(Array(3).fill('fulfilled'));
      expect(refused).toMatchObject({
        reason: {
          code: 'overloaded',
          message: expect.stringContaining('2 rows and 16 bytes wait') as string,
          details: { retryAfter: 1 },
        },
      });
      subject.close();
    },
  );

  test('deadlines are kept in the queue and under way; callers who left are forgotten', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    const host = new DoublingHost();
    host.hold = true;
    const subject = batcher(host.run);
    const model = doubler();
    const caller = { gone: false };
    const ask = (over: Parameters<typeof context>[0]): Promise<unknown> =>
      subject.infer(request(model, [floats('x', [1, 2], [0, 0])]), context(over));
    const underWay = ask({ deadline: performance.now() + 30 });
    await turn();
    const waiting = ask({ deadline: performance.now() + 30 });
    const leaving = context();
    Object.defineProperty(leaving, 'gone', { get: () => caller.gone });
    const left = subject.infer(request(model, [floats('x', [1, 2], [0, 0])]), leaving);
    caller.gone = true;
    const told: string[] = [];
    for (const asked of [underWay, waiting, left]) {
      asked.catch((error: unknown) => told.push((error as ShoalError).code));
    }
    await jest.advanceTimersByTimeAsync(51);
    expect(told.sort()).toEqual(['client_closed', 'deadline_exceeded', 'deadline_exceeded']);
    expect(host.batches).toHaveLength(1);
    await expect(ask({ deadline: performance.now() - 1 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    subject.close();
  });

  test("the model's own time limit bounds every request", async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    const host = new DoublingHost();
    host.hold = true;
    const subject = batcher(host.run);
    const model = { ...doubler(), timeoutMs: 20 };
    const asked = subject.infer(request(model, [floats('x', [1, 2], [0, 0])]), context());
    const ended = Promise.allSettled([asked]);
    await turn();
    await jest.advanceTimersByTimeAsync(30);
    release(host);
    expect(await ended).toMatchObject([{ reason: { code: 'deadline_exceeded' } }]);
    subject.close();
  });

  test('a batch that has its bytes takes no further company', async () => {
    const host = new DoublingHost();
    const subject = batcher(host.run, 1, { batchBytes: 16 });
    const model = doubler();
    const asked = Array.from({ length: 3 }, () =>
      subject.infer(request(model, [floats('x', [1, 2], [0, 0])]), context()),
    );
    await Promise.all(asked);
    expect(host.batches.map(({ rows }) => rows)).toEqual([2, 1]);
    subject.close();
  });

  test('a batch is wanted as long as one of its callers is there', async () => {
    const host = new DoublingHost();
    host.hold = true;
    const subject = batcher(host.run);
    const model = doubler();
    const callers = [{ gone: false }, { gone: false }];
    const asked = callers.map((caller) => {
      const of = context();
      Object.defineProperty(of, 'gone', { get: () => caller.gone });
      return subject.infer(request(model, [floats('x', [1, 2], [0, 0])]), of);
    });
    await turn();
    const [batch] = host.batches;
    const unwanted = callers.map((caller) => {
      caller.gone = true;
      return batch?.unwanted?.();
    });
    expect([batch?.rows, ...unwanted]).toEqual([2, false, true]);
    release(host);
    await Promise.all(asked);
    subject.close();
  });

  test('no caller shortens the time of another in its batch', async () => {
    const [host, deadlines] = [new DoublingHost(), [] as number[]];
    const subject = batcher((batch, deadline) => {
      deadlines.push(deadline);
      return host.run(batch, deadline);
    });
    const [model, now] = [doubler(), performance.now()];
    const asked = [10_000, 50_000, 20_000].map((ms) =>
      subject.infer(request(model, [floats('x', [1, 2], [0, 0])]), context({ deadline: now + ms })),
    );
    await Promise.all(asked);
    expect(deadlines).toEqual([now + 50_000]);
    subject.close();
  });

  test("the model's usual limit is for who says nothing; who wants to wait longer does", async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    const host = new DoublingHost();
    host.hold = true;
    const subject = batcher(host.run);
    const model = { ...doubler(), defaultTimeoutMs: 20, timeoutMs: 60_000 };
    const ended: string[] = [];
    const ask = async (name: string, deadline: number): Promise<void> => {
      const asked = subject.infer(
        request(model, [floats('x', [1, 2], [0, 0])]),
        context({ deadline }),
      );
      const end = await asked.then(
        () => 'answered',
        (error: unknown) => (error as ShoalError).code,
      );
      ended.push(`${name}: ${end}`);
    };
    const all = [ask('silent', Infinity), ask('patient', performance.now() + 50_000)];
    await turn();
    await jest.advanceTimersByTimeAsync(19);
    expect(ended).toEqual([]);
    // Deadlines are looked at every ten milliseconds.
    await jest.advanceTimersByTimeAsync(11);
    expect(ended).toEqual(['silent: deadline_exceeded']);
    await jest.advanceTimersByTimeAsync(40_000);
    host.held[0]?.();
    await Promise.all(all);
    expect(ended).toEqual(['silent: deadline_exceeded', 'patient: answered']);
    subject.close();
  });
});

function release(host: DoublingHost): void {
  host.hold = false;
  for (const held of host.held.splice(0)) held();
}
