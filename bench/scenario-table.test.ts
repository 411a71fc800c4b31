import { plainFigures } from '../tests/support/bench-figures';
import type { Figures } from './figures';
import type { Measured } from './sides';
import { scenarioTable } from './scenario-table';

function measured(more: Partial<Figures>): Measured {
  const median = plainFigures(more);
  return { rounds: [median], median };
}

const clusterFigures = {
  cpuUs: { inferrer: 20, 'inferrer-2': 1, 'host-1': 2, 'runner-1': 3, edge: 4, wrk: 100 },
  kernelUs: { inferrer: 12, 'runner-1': 3 },
  copiedBytes: { inferrer: 2500, 'runner-1': 500, wrk: 9999 },
  calls: { inferrer: 3, 'runner-1': 1.5, wrk: 99 },
};

const lines = scenarioTable([
  {
    scenario: 'tiny-json',
    hosts: 2,
    connections: 64,
    sides: {
      cluster: measured(clusterFigures),
      nginx: measured({ requestsPerSecond: 400 }),
      'bare x1': measured({ requestsPerSecond: 500 }),
      echo: measured({ requestsPerSecond: 2000, cpuUs: { echo: 21, wrk: 5 } }),
    },
    beside: [
      { side: 'cluster', reference: 'echo', rate: 0.5, p50: 2 },
      { side: 'cluster', reference: 'bare x1', rate: 2, p50: 3 },
      { side: 'nginx', reference: 'cluster', rate: 0.4, p50: 4 },
    ],
  },
]).split('\n');

function cells(line: number): readonly string[] {
  return lines[line]!.trim().split(/\s{2,}/);
}

it('has a line per side and reference, and says what is the same once', () => {
  expect(lines).toHaveLength(4);
  expect(cells(1).slice(0, 9)).toEqual([
    'tiny-json',
    '2',
    '64',
    'cluster',
    '1,000',
    'echo',
    '2,000',
    '21.0',
    '0.500',
  ]);
  expect(cells(2).slice(0, 4)).toEqual(['bare x1', '500', '0.000', '2.00']);
  expect(cells(3).slice(0, 3)).toEqual(['nginx', '400', 'cluster']);
});

it('adds up the processes of a kind, and all but wrk', () => {
  expect(cells(1).slice(14, 21)).toEqual(['21.0', '2.00', '3.00', '4.00', '100', '50.0', '0.130']);
  expect(cells(1).slice(21, 24)).toEqual(['0.052', '3.00', '4.50']);
});

it('leaves out the p50 ratio where only one side has a queue', () => {
  expect(cells(1)[13]).toBe('2.00');
  expect(cells(2)).not.toContain('3.00');
  expect(cells(3)).toContain('4.00');
});
