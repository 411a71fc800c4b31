import type { Figures } from '../figures';
import { leverTable } from './lever-table';

it('puts what it is without beside what it is with it', () => {
  const text = leverTable([
    {
      lever: 'log',
      scenario: 'tiny-json',
      connections: 64,
      used: { rounds: [], median: figures(2000, 10) },
      unused: { rounds: [], median: figures(1000, 30) },
      ratio: 1.9,
    },
  ]);
  const cells = text.split('\n')[1]!.split(/\s+/);
  expect(cells.slice(3)).toEqual('2,000 1,000 1.90 1.00 1.00 10.0 30.0 12.0 32.0'.split(' '));
});

function figures(requestsPerSecond: number, inferrerUs: number): Figures {
  return {
    requestsPerSecond,
    rowsPerSecond: requestsPerSecond,
    p50Ms: 1,
    p99Ms: 2,
    cpuUs: { inferrer: inferrerUs, 'host-1': 2, wrk: 100 },
    kernelUs: {},
    copiedBytes: {},
    calls: {},
    residentBytes: {},
    rowsPerBatch: null,
  };
}
