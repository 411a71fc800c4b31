import fc from 'fast-check';
import { ShoalError } from '../../core/errors';
import { context, floats, floatsOf, request, servable, spec } from '../../tests/support/servables';
import { batcher, doubler, DoublingHost, rowsOf, turn } from '../../tests/support/doubling-host';
import type { RunBatch } from './batcher';

describe('Batcher', () => {
  test('every caller gets its own rows, in order, whatever the mix of sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 9 }),
        async (sizes, slots, maxRows) => {
          const host = new DoublingHost();
          const model = doubler({ maxRows });
          const subject = batcher(host.run, slots);
          const answers = await Promise.all(
            sizes.map((rows, caller) =>
              subject.infer(
                request(model, [floats('x', [rows, 2], rowsOf(caller * 1000, rows))]),
                context(),
              ),
            ),
          );
          subject.close();
          for (const [caller, answer] of answers.entries()) {
            const expected = rowsOf(caller * 1000, sizes[caller] ?? 0).map((value) => value * 2);
            expect(floatsOf(answer.outputs[0]!)).toEqual(expected);
            expect(answer.outputs[0]?.shape).toEqual([sizes[caller], 2]);
          }
          for (const batch of host.batches) {
            expect(batch.rows).toBeLessThanOrEqual(maxRows);
            expect(batch.segments.reduce((sum, { rows }) => sum + rows, 0)).toBe(batch.rows);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('where sharing a run gains nothing each request leaves alone, with all of its rows', async () => {
    const host = new DoublingHost();
    const subject = batcher(host.run);
    const model = doubler({ gatherRows: 1 });
    await Promise.all(
      [1, 3, 1].map((rows) =>
        subject.infer(request(model, [floats('x', [rows, 2], rowsOf(0, rows))]), context()),
      ),
    );
    expect(host.batches.map((batch) => batch.rows)).toEqual([1, 3, 1]);
    subject.close();
  });

  test('requests gather while the slot is taken and leave together', async () => {
    const host = new DoublingHost();
    host.hold = true;
    const subject = batcher(host.run);
    const model = doubler();
    const ask = (value: number): Promise<unknown> =>
      subject.infer(request(model, [floats('x', [1, 2], [value, value])]), context());
    const first = ask(1);
    await turn();
    const others = [ask(2), ask(3), ask(4)];
    await turn();
    expect(host.batches.map((batch) => batch.rows)).toEqual([1]);
    host.hold = false;
    host.held[0]?.();
    await Promise.all([first, ...others]);
    expect(host.batches.map((batch) => batch.rows)).toEqual([1, 3]);
    subject.close();
  });

  test('waiting for a load is neither time in the queue nor on the way', async () => {
    const host = new DoublingHost();
    host.hold = true;
    const began = performance.now();
    const run: RunBatch = async (batch, deadline) => {
      const reply = await host.run(batch, deadline);
      return host.batches.length > 1 ? reply : { ...reply, loadMs: performance.now() - began };
    };
    const subject = batcher(run);
    const model = doubler();
    const contexts = [context(), context()];
    const asked: Promise<unknown>[] = [];
    for (const each of contexts) {
      asked.push(subject.infer(request(model, [floats('x', [1, 2], [1, 1])]), each));
      await turn();
    }
    while (performance.now() < began + 30);
    host.hold = false;
    host.held[0]?.();
    await Promise.all(asked);
    const [first, second] = contexts.map(({ stages }) => (stages.queue + stages.transfer) / 1000);
    expect([host.batches.length, first! < 25, second! < 25]).toEqual([2, true, true]);
    subject.close();
  });

  test('a model that may not be batched runs one request at a time', async () => {
    const host = new DoublingHost();
    const model = doubler({ allowed: false });
    const subject = batcher(host.run, 2);
    await Promise.all(
      [3, 1, 20].map((rows) =>
        subject.infer(request(model, [floats('x', [rows, 2], rowsOf(0, rows))]), context()),
      ),
    );
    expect(host.batches.map((batch) => batch.inputs[0]?.shape)).toEqual([
      [3, 2],
      [1, 2],
      [20, 2],
    ]);
    subject.close();
  });

  test('rows of different free shapes do not share a run', async () => {
    const host = new DoublingHost();
    const model = servable([spec('x', ['n', 'w'])], [spec('y', ['n', 'w'])]);
    const subject = batcher(host.run);
    const ask = (width: number): Promise<unknown> =>
      subject.infer(request(model, [floats('x', [1, width], Array(width).fill(1))]), context());
    await Promise.all([ask(2), ask(3), ask(2), ask(3)]);
    expect(host.batches.map((batch) => batch.inputs[0]?.shape)).toEqual([
      [2, 2],
      [2, 3],
    ]);
    subject.close();
  });

  test('when a batch fails on its data only the guilty request fails', async () => {
    const host = new DoublingHost();
    const model = doubler();
    const run: RunBatch = async (batch, deadline) => {
      const data = Buffer.concat(batch.inputs[0]?.chunks ?? []);
      if (data.includes(Buffer.from(Float32Array.of(13).buffer))) {
        throw new ShoalError('run_failed', 'unlucky');
      }
      return host.run(batch, deadline);
    };
    const subject = batcher(run);
    const asked = [1, 13, 3].map((value) =>
      subject.infer(request(model, [floats('x', [1, 2], [value, 0])]), context()),
    );
    const [one, two, three] = await Promise.allSettled(asked);
    expect(one?.status).toBe('fulfilled');
    expect(two).toMatchObject({ status: 'rejected', reason: { code: 'run_failed' } });
    expect(three?.status).toBe('fulfilled');
    subject.close();
  });

  test('a model that mixes up the number of rows is run one request at a time', async () => {
    const model = doubler();
    const run: RunBatch = (batch) =>
      Promise.resolve({
        host: 'h',
        outputs: [floats('y', [1, 2], [batch.rows, 0])],
        queueUs: 0,
        runUs: 0,
      });
    const subject = batcher(run);
    const answers = await Promise.all(
      [1, 2].map((value) =>
        subject.infer(request(model, [floats('x', [1, 2], [value, 0])]), context()),
      ),
    );
    expect(answers.map((answer) => floatsOf(answer.outputs[0]!))).toEqual([
      [1, 0],
      [1, 0],
    ]);
    subject.close();
  });

  test('wanted outputs come in the wanted order, each caller its own', async () => {
    const model = servable([spec('x', ['n'])], [spec('a', ['n']), spec('b', ['n'])]);
    const run: RunBatch = (batch) =>
      Promise.resolve({
        host: 'h',
        outputs: [
          floats('a', [batch.rows], Array<number>(batch.rows).fill(1)),
          floats('b', [batch.rows], Array<number>(batch.rows).fill(2)),
        ],
        queueUs: 0,
        runUs: 0,
      });
    const subject = batcher(run);
    const ask = (outputs: readonly string[]): Promise<string[]> =>
      subject
        .infer(request(model, [floats('x', [1], [0])], outputs), context())
        .then((answer) => answer.outputs.map((output) => output.name));
    expect(await Promise.all([ask(['b', 'a']), ask(['a']), ask([])])).toEqual([
      ['b', 'a'],
      ['a'],
      ['a', 'b'],
    ]);
    subject.close();
  });
});

describe('Batcher, for a model that asks to wait for company', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick'] }));
  afterEach(() => jest.useRealTimers());

  test('waits as long as it was asked to, but not once the batch is full', async () => {
    const host = new DoublingHost();
    const model = doubler({ maxRows: 2, maxDelayUs: 40_000 });
    const subject = batcher(host.run);
    const ask = (): Promise<unknown> =>
      subject.infer(request(model, [floats('x', [1, 2], [0, 0])]), context());
    const alone = ask();
    await jest.advanceTimersByTimeAsync(39);
    expect(host.batches).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    await alone;
    const together = Promise.all([ask(), ask()]);
    await jest.advanceTimersByTimeAsync(1);
    await together;
    expect(host.batches.map((batch) => batch.rows)).toEqual([1, 2]);
    subject.close();
  });

  test('company that comes while it is waited for ends the wait as soon as the batch is full', async () => {
    const host = new DoublingHost();
    const model = doubler({ maxRows: 2, maxDelayUs: 60_000_000 });
    const subject = batcher(host.run);
    const ask = (): Promise<unknown> =>
      subject.infer(request(model, [floats('x', [1, 2], [0, 0])]), context());
    const first = ask();
    await jest.advanceTimersByTimeAsync(10);
    const both = Promise.all([first, ask()]);
    await jest.advanceTimersByTimeAsync(1);
    await both;
    expect(host.batches.map((batch) => batch.rows)).toEqual([2]);
    subject.close();
  });

  test('an inferrer has waited for company already: its batch waits for none', async () => {
    const host = new DoublingHost();
    const model = doubler({ maxRows: 4, maxDelayUs: 60_000_000 });
    const subject = batcher(host.run);
    const parameters = new Map([['shoal_segments', JSON.stringify([['a', 1, 60_000, 0, '']])]]);
    const sent = request(model, [floats('x', [1, 2], [0, 0])]);
    const answered = subject.infer({ ...sent, parameters }, context());
    await jest.advanceTimersByTimeAsync(1);
    await answered;
    expect(host.batches.map((batch) => batch.rows)).toEqual([1]);
    subject.close();
  });

  test('who runs alone, because a batch has failed, waits for none', async () => {
    const host = new DoublingHost();
    const model = doubler({ maxRows: 2, maxDelayUs: 60_000_000 });
    const fault = new ShoalError('run_failed', 'one of them is wrong');
    const subject = batcher((batch) =>
      batch.rows === 1 ? host.run(batch, 0) : Promise.reject(fault),
    );
    const ask = (): Promise<unknown> =>
      subject.infer(request(model, [floats('x', [1, 2], [0, 0])]), context());
    const both = Promise.all([ask(), ask()]);
    await jest.advanceTimersByTimeAsync(1);
    await both;
    expect(host.batches.map((batch) => batch.rows)).toEqual([1, 1]);
    subject.close();
  });
});
