import type { Figures } from '../figures';
import { costTable } from './cost-table';

const median: Figures = {
  requestsPerSecond: 1234,
  rowsPerSecond: 1234,
  p50Ms: 1,
  p99Ms: 2,
  cpuUs: { inferrer: 20, 'inferrer-2': 5, 'host-1': 2, wrk: 100 },
  kernelUs: {},
  copiedBytes: {},
  calls: {},
  residentBytes: {},
  rowsPerBatch: null,
};

it('tells the inferrers from all, and leaves out wrk', () => {
  const text = costTable([
    {
      cost: 'inferrers',
      situation: 'two',
      measured: { rounds: [], median },
      residentBytes: { inferrer: 2 ** 20, 'inferrer-2': 2 ** 21, 'host-1': 2 ** 20 },
      scrapeMs: null,
    },
  ]);
  const cells = text.split('\n')[1]!.split(/\s+/);
  expect(cells.slice(2)).toEqual(['1,234', '1.00', '2.00', '25.0', '27.0', '3.00', '4.00', '-']);
});
