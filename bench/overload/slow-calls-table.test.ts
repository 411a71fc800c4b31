import type { SlowCallsRound } from './overload-run';
import { slowCallsTable } from './slow-calls-table';

const round: SlowCallsRound = {
  load: {
    seconds: 0.001,
    sent: 2000,
    good: 1500,
    refused: 400,
    late: 99,
    failed: 1,
    p50Ms: 300,
    p99Ms: 480,
    refusedP99Ms: 2,
    longestWaitMs: 490,
    longestPauseMs: 20,
  },
  health: { asked: 20, failed: 0, p50Ms: 1, longestMs: 9 },
};

it('has sums of the rounds, but the worst of what is longest', () => {
  const other: SlowCallsRound = {
    load: { ...round.load, p50Ms: 310, longestWaitMs: 480 },
    health: { asked: 30, failed: 1, p50Ms: 3, longestMs: 45 },
  };
  const [, line] = slowCallsTable([{ timeoutMs: 500, rounds: [round, other] }]).split('\n');
  const calls = ['500', '2', '4,000', '3,000', '800', '198', '2', '305', '490'];
  expect(line!.split(/\s+/)).toEqual([...calls, '50', '1', '2.00', '45.0']);
});
