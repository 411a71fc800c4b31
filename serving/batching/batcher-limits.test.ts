import type { ShoalError } from '../../core/errors';
import { batcher, doubler, DoublingHost, turn } from '../../tests/support/doubling-host';
import { context, floats, request } from '../../tests/support/servables';

describe('Batcher, at its limits', () => {
  afterEach(() => jest.useRealTimers());

  test('a full queue refuses with overloaded and says the numbers', async () => {
    const host = new DoublingHost();
    host.hold = true;
    const subject = batcher(host.run, 1, { queueRows: 2 });
    const model = doubler();
    const ask = (): Promise<unknown> =>
      subject.infer(request(model, [floats('x', [1, 2], [0, 0])]), context());
    const accepted = [ask()];
    await turn();
    accepted.push(ask(), ask());
    await expect(ask()).rejects.toMatchObject({
      code: 'overloaded',
      message: expect.stringContaining('2 rows') as string,
      details: { retryAfter: 1 },
    });
    host.hold = false;
    host.held[0]?.();
    await Promise.all(accepted);
    subject.close();
  });

  test('a queue is full of bytes, too, however few rows they are', async () => {
    const host = new DoublingHost();
    host.hold = true;
    // Of one row, 8 bytes, and not of two.
    const subject = batcher(host.run, 1, { queueBytes: 15 });
    const model = doubler();
    const ask = (): Promise<unknown> =>
      subject.infer(request(model, [floats('x', [1, 2], [0, 0])]), context());
    const accepted = [ask()];
    await turn();
    accepted.push(ask());
    await expect(ask()).rejects.toMatchObject({
      code: 'overloaded',
      message: expect.stringContaining('8 bytes') as string,
      details: { retryAfter: 1 },
    });
    host.hold = false;
    host.held[0]?.();
    await Promise.all(accepted);
    expect(host.batches.map(({ rows }) => rows)).toEqual([1, 1]);
    subject.close();
  });

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
    const all = Promise.allSettled([underWay, waiting, left]);
    await jest.advanceTimersByTimeAsync(31);
    const ended = await all;
    expect(ended.map((end) => (end as { reason?: ShoalError }).reason?.code)).toEqual([
      'deadline_exceeded',
      'deadline_exceeded',
      'client_closed',
    ]);
    expect(host.batches).toHaveLength(1);
    await expect(ask({ deadline: performance.now() - 1 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    subject.close();
  });

  test("the model's own time limit bounds every request", async () => {
    const host = new DoublingHost();
    host.hold = true;
    const subject = batcher(host.run);
    const model = { ...doubler(), timeoutMs: 20 };
    await expect(
      subject.infer(request(model, [floats('x', [1, 2], [0, 0])]), context()),
    ).rejects.toMatchObject({ code: 'deadline_exceeded' });
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
