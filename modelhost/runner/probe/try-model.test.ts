import { madeUpRow } from '../../../protocol/made-up-input';
import type { Signature, TensorSpec } from '../../../protocol/signature';
import type { Tensor } from '../../../protocol/tensor';
import { floats, floatsOf, spec } from '../../../tests/support/servables';
import { differenceOf } from './same-results';
import { tryModel } from './try-model';

type Run = (rows: number[][], inputs: readonly Tensor[]) => number[][];

/** A model of one input and one output of two columns that computes as told. */
function trial(
  run: Run,
  given: Partial<Signature> = {},
  padTo: number | null = null,
  now?: () => number,
): ReturnType<typeof tryModel> {
  const signature = { inputs: [spec('x', ['n', 2])], outputs: [spec('y', ['n', 2])], ...given };
  const session = {
    run: (inputs: readonly Tensor[]) => {
      const values = floatsOf(inputs[0]!);
      const rows = values.flatMap((v, i) => (i % 2 === 0 ? [[v, values[i + 1]!]] : []));
      const outputs = run(rows, inputs);
      return Promise.resolve([floats('y', [outputs.length, 2], outputs.flat())]);
    },
    release: () => Promise.resolve(),
  };
  return tryModel(session, signature, padTo, now);
}

const double: Run = (rows) => rows.map((row) => row.map((value) => 2 * value));

test('rows on their own: it can be batched, and the time of a row is measured', async () => {
  const told = await trial(double);
  expect(told).toMatchObject({ ran: true, canBatch: true, whyNoBatch: '' });
  expect(told.rowUs.alone).toBeGreaterThan(0);
  expect(told.rowUs.batched).toBeGreaterThan(0);
});

test('what else the machine does while runs are measured does not count', async () => {
  let ms = 0;
  let runs = 0;
  const disturbed: Run = (rows) => {
    const elsewhere = ++runs % 7 === 0 || (runs > 20 && runs < 40) ? 5 : 0;
    ms += 0.5 + rows.length / 4 + elsewhere;
    return double(rows, []);
  };
  const { rowUs } = await trial(disturbed, {}, null, () => ms);
  expect(rowUs).toEqual({ alone: 750, batched: 312.5 });
});

test.each<[string, Run, string]>([
  [
    'rows that depend on each other',
    (rows) => rows.map((row) => row.map((value) => value / rows.flat().reduce((a, b) => a + b))),
    "output 'y' of a row depends on the other rows",
  ],
  [
    'rows in another order',
    (rows) => [...rows].reverse(),
    "output 'y' of a row depends on the other rows",
  ],
  [
    'one result for all rows',
    (rows) => rows.slice(0, 1),
    "output 'y' does not have one row for each row of input",
  ],
  [
    'a failure on several rows',
    (rows) => {
      if (rows.length > 1) throw new Error('one at a time');
      return rows;
    },
    'several rows together cannot be run',
  ],
  [
    'numbers at random',
    (rows) => rows.map(() => [Math.random(), Math.random()]),
    "output 'y' of a row depends on the other rows",
  ],
])('%s: it ran and cannot be batched', async (_what, run, whyNoBatch) => {
  expect(await trial(run)).toMatchObject({ ran: true, canBatch: false, whyNoBatch });
});

test('small differences of sums are none', async () => {
  const noisy: Run = (rows) =>
    double(rows, []).map((row) => row.map((v) => v * (1 + 1e-6 * rows.length)));
  expect((await trial(noisy)).canBatch).toBe(true);
});

test('a model that fails on every made-up input did not run, which is no fault', async () => {
  const told = await trial(() => {
    throw new Error('no');
  });
  expect(told).toMatchObject({ ran: false, canBatch: false, rowUs: { alone: 0, batched: 0 } });
});

test('a model that only takes zeros cannot be shown to keep rows apart', async () => {
  const told = await trial((rows) => {
    if (rows.flat().some((value) => value !== 0)) throw new Error('no');
    return rows;
  });
  expect(told).toMatchObject({ ran: true, canBatch: false });
});

test('what it ran on is told', async () => {
  expect((await trial(double)).madeUpBy).toEqual({ flavour: 'varied', seed: 1, freeSize: 1 });
  const onesOnly: Run = (rows) => {
    if (rows.flat().some((value) => value !== 1)) throw new Error('no');
    return rows;
  };
  expect(await trial(onesOnly)).toMatchObject({
    madeUpBy: { flavour: 'one' },
    whyNoBatch: 'it runs on ones only, which does not tell rows apart',
  });
  expect(
    await trial(() => {
      throw new Error('no');
    }),
  ).not.toHaveProperty('madeUpBy');
});

test.each<[string, (inputs: readonly Tensor[]) => boolean, object]>([
  ['longer rows', ([x]) => x!.shape[1]! >= 256, { flavour: 'varied', freeSize: 256 }],
  ['numbers that fit', ([x]) => Math.abs(floatsOf(x!)[0]! - 0.5) < 0.02, { freeSize: 1 }],
])('%s are looked for where nothing usual runs', async (_what, fits, madeUpBy) => {
  const told = await trial(
    (rows, inputs) => {
      if (!fits(inputs)) throw new Error('no');
      return rows;
    },
    { inputs: [spec('x', ['n', 'length'])] },
  );
  expect(told).toMatchObject({ ran: true, canBatch: false, madeUpBy });
  expect(told.whyNoBatch).toBe('it runs on few made-up inputs only');
  expect(told.rowUs.alone).toBeGreaterThan(0);
  const again = madeUpRow({ inputs: [spec('x', ['n', 'length'])], outputs: [] }, told.madeUpBy!);
  expect(fits(again!)).toBe(true);
});

test.each([2, 3, 8, 16])(
  'a model of exactly %i rows is tried with its runs filled up',
  async (rows) => {
    const exactly =
      (run: Run): Run =>
      (given, inputs) => {
        expect(inputs[0]?.shape).toEqual([rows, 2]);
        expect(given).toHaveLength(rows);
        return run(given, inputs);
      };
    expect(await trial(exactly(double), {}, rows)).toMatchObject({
      canBatch: true,
      whyNoBatch: '',
    });
    const across: Run = (all) => all.map((row) => row.map((value) => value - all.flat()[0]!));
    const byPlace: Run = (all) => all.map((row, at) => row.map((value) => value + at));
    for (const run of [across, byPlace]) {
      expect(await trial(exactly(run), {}, rows)).toMatchObject({
        ran: true,
        canBatch: false,
        whyNoBatch: "output 'y' of a row depends on the other rows",
      });
    }
  },
);

const other = (shape: TensorSpec['shape']): TensorSpec => spec('z', shape);

test.each<[string, Partial<Signature>, string]>([
  ['a fixed batch', { inputs: [spec('x', [1, 2])] }, "input 'x' has no free first dimension"],
  ['a scalar output', { outputs: [other([])] }, "output 'z' has no free first dimension"],
  ['an open rank', { outputs: [other(null)] }, "output 'z' has no free first dimension"],
])('%s cannot be batched', async (_what, given, whyNoBatch) => {
  expect(await trial(double, given)).toMatchObject({ ran: true, canBatch: false, whyNoBatch });
});

test('an output that cannot be carried does not count', async () => {
  const map = { name: 'z', datatype: null, valueType: 'seq(map(int64,float))', shape: null };
  expect((await trial(double, { outputs: [spec('y', ['n', 2]), map] })).canBatch).toBe(true);
});

test('results are compared by the precision of their type', () => {
  const half = (bits: number): Tensor => {
    const data = new Uint8Array(Uint16Array.of(bits).buffer);
    return { name: 'h', datatype: 'FP16', shape: [1], data };
  };
  expect(differenceOf([half(0x3c00)], [half(0x3c01)])).toBe('');
  expect(differenceOf([half(0x3c00)], [half(0x3d00)])).not.toBe('');
  const nan = floats('y', [2], [NaN, Infinity]);
  expect(differenceOf([nan], [nan])).toBe('');
  expect(differenceOf([floats('y', [1], [1])], [floats('y', [1], [1.001])])).not.toBe('');
  expect(differenceOf([], [nan])).toBe("output 'y' is missing");
});
