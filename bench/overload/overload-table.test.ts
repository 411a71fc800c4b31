import type { OverloadRound, OverloadStep } from './overload-run';
import { overloadTable, overloadTitle } from './overload-table';

const load = {
  seconds: 10,
  sent: 6000,
  good: 1800,
  refused: 4200,
  late: 0,
  failed: 0,
  p50Ms: 300,
  p99Ms: 480,
  refusedP99Ms: 2,
  longestWaitMs: 490,
  longestPauseMs: 20,
};

const round: OverloadRound = {
  capacity: 200,
  goodPerSecond: 180,
  load,
  health: { asked: 200, failed: 0, p50Ms: 1, longestMs: 9 },
  recoveredMs: 0,
  generatorShare: 0.05,
};

/** The cells of the only line. */
function cells(...rounds: OverloadRound[]): string {
  const steps: OverloadStep[] = [{ model: 'bench-slow', times: 3, rounds }];
  const [, line] = overloadTable({ deadlineMs: 500, steps }).split('\n');
  return line!.replace(/ +/g, ' ');
}

it('says what a second of it was like', () => {
  expect(cells(round)).toBe(
    'bench-slow 3 200 600 180 0.900 0.900 70.0 0.000 0 300 480 2.00 1.00 9.00 0.000 0.050',
  );
});

it('has medians of the rounds, but all that failed, and the worst of health and recovery', () => {
  const bad: OverloadRound = {
    ...round,
    goodPerSecond: 100,
    load: { ...load, failed: 2, refusedP99Ms: NaN },
    health: { ...round.health, longestMs: 70 },
    recoveredMs: 40,
  };
  expect(cells(round, bad, round)).toBe(
    'bench-slow 3 200 600 180 0.900 0.900 70.0 0.000 2 300 480 2.00 1.00 70.0 40.0 0.050',
  );
});

it('compares with the capacity of the same round, and with the best step of the model', () => {
  const fast = { ...round, capacity: 300, goodPerSecond: 270 };
  const steps: OverloadStep[] = [
    { model: 'bench-slow', times: 1, rounds: [fast, round, fast] },
    { model: 'bench-slow', times: 3, rounds: [round, round, { ...round, goodPerSecond: 150 }] },
    { model: 'bench-long', times: 1, rounds: [round] },
  ];
  const run = { deadlineMs: 500, steps };
  expect(overloadTitle(run)).toBe('Overload, deadline 500 ms');
  const [, one, three, other] = overloadTable(run).split('\n');
  expect(one!.split(/\s+/).slice(4, 7)).toEqual(['270', '0.900', '1.00']);
  expect(three!.split(/\s+/).slice(4, 7)).toEqual(['180', '0.900', '0.667']);
  expect(other!.split(/\s+/).slice(4, 7)).toEqual(['180', '0.900', '0.900']);
});
