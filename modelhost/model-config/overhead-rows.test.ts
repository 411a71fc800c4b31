import { overheadRows } from './overhead-rows';

test.each([
  ['each row takes as long as the one before', { alone: 25, batched: 25 }, 0],
  ['longer, by noise or by the caches', { alone: 25, batched: 27 }, 0],
  ['a run costs as much as four rows', { alone: 50, batched: 15 }, 4],
  ['eight rows take no longer than one', { alone: 80, batched: 10 }, 1000],
  ['even less', { alone: 80, batched: 5 }, 1000],
])('%s', (_what, rowUs, rows) => {
  expect(overheadRows(rowUs)).toBeCloseTo(rows, 10);
});
