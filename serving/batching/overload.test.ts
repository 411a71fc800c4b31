import { batcher, doubler, DoublingHost, turn } from '../../tests/support/doubling-host';
import { context, floats, floatsOf, request } from '../../tests/support/servables';
import type { Servable } from '../../protocol/catalog';
import type { Batcher, RunBatch } from './batcher';

/** Asks for one row; resolves with 'right', or with the code of the refusal. */
function asking(subject: Batcher, model: Servable) {
  return async (over: Partial<Parameters<typeof context>[0]> = {}): Promise<string> => {
    const asked = subject.infer(request(model, [floats('x', [1, 2], [1, 2])]), context(over));
    return asked.then(
      ({ outputs }) => (String(floatsOf(outputs[0]!)) === '2,4' ? 'right' : 'wrong'),
      (error: unknown) => (error as { code: string }).code,
    );
  };
}

const soon = (ms: number): { deadline: number } => ({ deadline: performance.now() + ms });

async function release(host: DoublingHost): Promise<void> {
  host.hold = false;
  for (const held of host.held.splice(0)) held();
  await turn();
}

/** Advances the fake clock, step by step with everything that follows from it. */
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

describe('Batcher, asked for more than it can do in time', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick'] }));
  afterEach(() => jest.useRealTimers());

  /** A host that takes so long for each batch, by the fake clock. */
  function slowly(host: DoublingHost, runMs: number): RunBatch {
    return async (batch, deadline) => {
      await new Promise((resolve) => setTimeout(resolve, runMs));
      return host.run(batch, deadline);
    };
  }

  test('who cannot be answered in time is refused at once; who can, or when idle, is not', async () => {
    const subject = batcher(slowly(new DoublingHost(), 40));
    const ask = asking(subject, doubler({ maxRows: 1 }));
    const known = ask();
    await pass(41);
    expect(await known).toBe('right');
    const first = ask();
    await pass(1);
    const waiting = Array.from({ length: 10 }, () => ask());
    const told: string[] = [];
    void ask(soon(100)).then((end) => told.push(end));
    // The clock stands still meanwhile.
    await pass(0);
    expect(told).toEqual(['overloaded']);
    const patient = ask(soon(30_000));
    await pass(12 * 40);
    expect(await Promise.all([first, ...waiting, patient])).toEqual(Array(12).fill('right'));
    const idle = ask(soon(200));
    await pass(41);
    expect(await idle).toBe('right');
    subject.close();
  });

  test('who has waited too long to be answered in time makes way for those who can be', async () => {
    const host = new DoublingHost();
    const subject = batcher(slowly(host, 100));
    const ask = asking(subject, doubler({ maxRows: 1 }));
    const first = ask();
    await pass(1);
    const waiting = [ask(soon(140)), ask(soon(30_000)), ask(soon(30_000))];
    await pass(4 * 100);
    expect(await Promise.all([first, ...waiting])).toEqual([
      'right',
      'overloaded',
      'right',
      'right',
    ]);
    expect(host.batches).toHaveLength(3);
    subject.close();
  });
});

describe('Batcher, asked for more than it can do', () => {
  /** What has been answered, within a turn, while the host holds everything back. */
  async function soFar(...asked: Promise<string>[]): Promise<string[]> {
    const ends = asked.map(() => 'waits');
    for (const [at, one] of asked.entries()) void one.then((end) => (ends[at] = end));
    await turn();
    return ends;
  }

  test('a more urgent request takes the place of the newest of the least urgent', async () => {
    const host = new DoublingHost();
    host.hold = true;
    const subject = batcher(host.run, 1, { queueRows: 3 });
    const ask = asking(subject, doubler());
    const first = ask();
    await turn();
    const waiting = [ask({ priority: 9 }), ask({ priority: 9 }), ask()];
    const urgent = ask({ priority: 1 });
    expect(await soFar(...waiting)).toEqual(['waits', 'overloaded', 'waits']);
    expect(await soFar(ask({ priority: 9 }))).toEqual(['overloaded']);
    await release(host);
    expect(await Promise.all([first, ...waiting, urgent])).toEqual([
      'right',
      'right',
      'overloaded',
      'right',
      'right',
    ]);
    subject.close();
  });

  test('where all queues together are full, the longest makes room for the short ones', async () => {
    const host = new DoublingHost();
    host.hold = true;
    const subject = batcher(host.run, 1, { totalBytes: 80 });
    const flooded = asking(subject, doubler());
    const other = asking(subject, doubler());
    const firsts = [flooded(), other()];
    await turn();
    const flood = Array.from({ length: 10 }, () => flooded());
    expect(await soFar(flooded())).toEqual(['overloaded']);
    const others = [other(), other()];
    expect(await soFar(...flood.slice(8))).toEqual(['overloaded', 'overloaded']);
    await release(host);
    const kept = [...firsts, ...flood.slice(0, 8), ...others];
    expect(await Promise.all(kept)).toEqual(kept.map(() => 'right'));
    subject.close();
  });

  test('nobody whose caller has left, or is over, goes into a batch', async () => {
    const host = new DoublingHost();
    host.hold = true;
    const subject = batcher(host.run);
    const ask = asking(subject, doubler());
    const first = ask();
    await turn();
    const asked = [ask({ gone: true }), ask(), ask({ gone: true })];
    await release(host);
    expect(await Promise.all([first, ...asked])).toEqual([
      'right',
      'client_closed',
      'right',
      'client_closed',
    ]);
    expect(host.batches.map(({ rows }) => rows)).toEqual([1, 1]);
    subject.close();
  });
});
