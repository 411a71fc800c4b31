import fc from 'fast-check';
import { Metrics } from '../../metrics/metrics';
import type { BatchInput } from '../../protocol/link/batch';
import { batcher, doubler, DoublingHost, rowsOf } from '../../tests/support/doubling-host';
import { context, floats, floatsOf, request, strings } from '../../tests/support/servables';
import { observeBatches } from './batch-metrics';
import { Batcher, type RunBatch } from './batcher';
import { fillingOf } from './padding';

/** What a model runs that takes exactly so many rows. */
function exactly(rows: number, host: DoublingHost): RunBatch {
  return (batch, deadline) => {
    expect(batch.inputs.map(({ shape }) => shape)).toEqual([[rows, 2]]);
    expect(valuesOf(batch.inputs[0]!)).toHaveLength(rows * 2);
    return host.run(batch, deadline);
  };
}

function valuesOf({ name, datatype, shape, chunks }: BatchInput): number[] {
  return floatsOf({ name, datatype, shape, data: Buffer.concat(chunks) });
}

describe('a model whose runs are filled up', () => {
  test('every caller gets its own rows, in order, whatever the mix of sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 2, max: 9 }),
        async (sizes, slots, padTo) => {
          const host = new DoublingHost();
          const model = doubler({ maxRows: padTo, gatherRows: padTo, padTo });
          const subject = batcher(exactly(padTo, host), slots);
          const answers = await Promise.all(
            sizes.map((rows, caller) => {
              const input = floats('x', [rows, 2], rowsOf(caller * 1000, rows));
              return subject.infer(request(model, [input]), context());
            }),
          );
          subject.close();
          for (const [caller, answer] of answers.entries()) {
            const expected = rowsOf(caller * 1000, sizes[caller] ?? 0).map((value) => value * 2);
            expect(floatsOf(answer.outputs[0]!)).toEqual(expected);
            expect(answer.outputs[0]?.shape).toEqual([sizes[caller], 2]);
            expect(answer.batchRows).toBeLessThanOrEqual(padTo);
          }
          for (const batch of host.batches) {
            const values = valuesOf(batch.inputs[0]!);
            const last = values.slice(batch.rows * 2 - 2, batch.rows * 2);
            const filling = Array.from({ length: padTo - batch.rows }, () => last).flat();
            expect(values.slice(batch.rows * 2)).toEqual(filling);
            expect(batch.segments.reduce((sum, { rows }) => sum + rows, 0)).toBe(batch.rows);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("an inferrer's batch is full already: its callers' rows are those of the segments", async () => {
    const host = new DoublingHost();
    const segments = JSON.stringify([
      ['a', 1, 1000, 0, ''],
      ['b', 1, 1000, 0, ''],
    ]);
    const model = doubler({ maxRows: 4, padTo: 4 });
    const sent = request(model, [floats('x', [4, 2], rowsOf(0, 4))]);
    const subject = batcher(exactly(4, host));
    const parameters = new Map([['shoal_segments', segments]]);
    const answer = await subject.infer({ ...sent, parameters }, context());
    expect(answer.outputs[0]?.shape).toEqual([4, 2]);
    expect(host.batches.map(({ rows }) => rows)).toEqual([2]);
    subject.close();
  });

  test('a model that loses rows is answered as failed, not with the rows of others', async () => {
    const host = new DoublingHost();
    const model = doubler({ maxRows: 4, padTo: 4 });
    const subject = batcher(async (batch, deadline) => {
      const reply = await host.run(batch, deadline);
      return { ...reply, outputs: [floats('y', [1, 2], [1, 2])] };
    });
    const ask = (rows: number): Promise<unknown> =>
      subject.infer(request(model, [floats('x', [rows, 2], rowsOf(0, rows))]), context());
    for (const answer of await Promise.allSettled([ask(1), ask(2)])) {
      expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'run_failed' } });
    }
    expect(host.batches).toHaveLength(3);
    subject.close();
  });

  test('rows that came and rows that were filled up are counted apart', async () => {
    const metrics = new Metrics({ role: 'inferrer', version: '1' });
    const limits = { queueRows: 99, queueBytes: 1e9, totalBytes: 1e9, batchBytes: 1e9 };
    const subject = new Batcher({
      runBatch: new DoublingHost().run,
      slots: () => 1,
      limits,
      observer: observeBatches(metrics),
    });
    const model = doubler({ maxRows: 8, padTo: 8 });
    await subject.infer(request(model, [floats('x', [3, 2], rowsOf(0, 3))]), context());
    subject.close();
    const text = await metrics.write('text');
    expect(text).toMatch(/shoal_batch_rows_sum\{.*\} 3\n/);
    expect(text).toMatch(/shoal_padded_rows_total\{.*\} 5\n/);
  });
});

test('the filling is the last row, of strings and of large rows too', () => {
  const texts = strings('t', [2, 2], ['a', 'b', 'ä', '']);
  expect(Buffer.concat(fillingOf(texts, 3))).toEqual(
    Buffer.from(strings('t', [3, 2], ['ä', '', 'ä', '', 'ä', '']).data),
  );
  const row = Array.from({ length: 5000 }, (_, at) => at);
  const large = floats('x', [2, 5000], [...row.map(() => 0), ...row]);
  const expected = floats('x', [3, 5000], [...row, ...row, ...row]);
  expect(Buffer.concat(fillingOf(large, 3))).toEqual(Buffer.from(expected.data));
  expect(fillingOf(floats('x', [2, 0], []), 3)).toEqual([]);
});
