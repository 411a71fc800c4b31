import { usualInput } from '../../../protocol/made-up-input';
import { floats, floatsOf, spec } from '../../../tests/support/servables';
import type { RowTime } from '../../probe/probe-report';
import { rowTimes } from './row-times';

const signature = { inputs: [spec('x', ['n', 2])], outputs: [spec('y', ['n', 2])] };

/** Times of a model whose runs take so many milliseconds by their rows. */
async function timesOf(
  msOf: (rows: number) => number,
  padTo: number | null = null,
): Promise<RowTime[]> {
  let now = 0;
  const told: RowTime[] = [];
  const session = {
    run: ([input]: readonly Parameters<typeof floatsOf>[0][]) => {
      const values = floatsOf(input!);
      now += msOf(values.length / 2);
      return Promise.resolve([floats('y', [values.length / 2, 2], values)]);
    },
    release: () => Promise.resolve(),
  };
  const order = { session, signature, padTo, madeUpBy: usualInput, sizes: [1, 8, 32] };
  await rowTimes(
    order,
    (time) => told.push(time),
    () => now,
  );
  return told;
}

test('microseconds of a row, by the rows of a run', async () => {
  expect(await timesOf((rows) => 1 + rows)).toEqual([
    { rows: 1, us: 2000 },
    { rows: 8, us: 1125 },
    { rows: 32, us: 1031.3 },
  ]);
});

test('sizes at which it fails, or takes too long, are left out', async () => {
  const failing = await timesOf((rows) => {
    if (rows > 8) throw new Error('no');
    return 1;
  });
  expect(failing.map(({ rows }) => rows)).toEqual([1, 8]);
  expect((await timesOf((rows) => rows * 200)).map(({ rows }) => rows)).toEqual([1, 8]);
});

test('runs are filled up where the model wants it, and are no longer than that', async () => {
  expect((await timesOf(() => 8, 8)).map(({ rows, us }) => [rows, us])).toEqual([
    [1, 8000],
    [8, 1000],
  ]);
});
