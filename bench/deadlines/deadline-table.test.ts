import { deadlineTable } from './deadline-table';

const neighbours = {
  seconds: 2,
  sent: 600,
  good: 599,
  refused: 1,
  late: 0,
  failed: 0,
  p50Ms: 1,
  p99Ms: 2.5,
  refusedP99Ms: NaN,
  longestWaitMs: 3,
  longestPauseMs: 20,
};

const result = {
  name: 'does not end',
  deadlineMs: 300,
  sent: 10,
  ended: 7,
  refused: 2,
  late: { p50Ms: 1.5, p99Ms: 6, longestMs: 6 },
  free: { p50Ms: 200, p99Ms: 400, longestMs: 401 },
  neighbours,
};

it.each([
  [result, ['200', '401']],
  [{ ...result, free: null }, ['-', '-']],
])('says how late answers were and what the others noticed', (given, free) => {
  const [, line] = deadlineTable([given]).split('\n');
  const cells = ['300', '10', '7', '2', '1', '1.50', '6.00', '6.00', '2.00'];
  const found = line!.replace('does not end', '').trim().split(/\s+/);
  expect(found).toEqual([...cells, ...free, '1', '2.50']);
});
