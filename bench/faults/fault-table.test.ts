import type { LoadVerdict } from '../load/load-verdict';
import { faults } from './fault';
import { faultTable } from './fault-table';

function verdict(more: Partial<LoadVerdict>): LoadVerdict {
  const none = { refused: 0, late: 0, failed: 0, refusedP99Ms: NaN };
  const times = { p50Ms: 1, p99Ms: 2, longestWaitMs: 3, longestPauseMs: 4 };
  return { seconds: 8, sent: 100, good: 100, ...none, ...times, ...more };
}

it('adds up requests and shows the worst wait and pause', () => {
  const times = [
    { load: verdict({ good: 98, longestWaitMs: 300 }), healedMs: 1000, leftOutMs: NaN },
    { load: verdict({ longestPauseMs: 200 }), healedMs: 2000, leftOutMs: 120 },
  ];
  const [, line] = faultTable([{ fault: faults[0]!, times }]).split('\n');
  expect(line!.split(/\s{2,}/)).toEqual([
    'kill -9 a runner',
    '2',
    '2',
    '200',
    '2',
    '300',
    '200',
    '120',
    '1.00',
    '2.00',
    '1,500',
  ]);
});

it('shows a dash where no host was left out', () => {
  const times = [{ load: verdict({}), healedMs: 1000, leftOutMs: NaN }];
  const [, line] = faultTable([{ fault: faults[0]!, times }]).split('\n');
  expect(line!.split(/\s{2,}/)[7]).toBe('-');
});
