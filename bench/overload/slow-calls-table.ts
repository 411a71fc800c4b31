import { medianOf, worstOf } from '../figures';
import { short, table } from '../table';
import type { SlowCalls, SlowCallsRound } from './overload-run';

const header = [
  'timeout ms',
  'times',
  'calls',
  'answered',
  'refused',
  'late',
  'failed',
  'p50 ms',
  'longest',
  'health asked',
  'not 200',
  'health p50',
  'longest',
];

/** Sums of calls, the worst of what is longest, medians of the rest. */
export function slowCallsTable(results: readonly SlowCalls[]): string {
  return table(
    header,
    results.map(({ timeoutMs, rounds }) => {
      const sum = (pick: (round: SlowCallsRound) => number): string =>
        rounds.reduce((sofar, round) => sofar + pick(round), 0).toLocaleString('en-US');
      return [
        short(timeoutMs),
        String(rounds.length),
        sum(({ load }) => load.sent),
        sum(({ load }) => load.good),
        sum(({ load }) => load.refused),
        sum(({ load }) => load.late),
        sum(({ load }) => load.failed),
        short(medianOf(rounds, ({ load }) => load.p50Ms)),
        short(worstOf(rounds, ({ load }) => load.longestWaitMs)),
        sum(({ health }) => health.asked),
        sum(({ health }) => health.failed),
        short(medianOf(rounds, ({ health }) => health.p50Ms)),
        short(worstOf(rounds, ({ health }) => health.longestMs)),
      ];
    }),
  );
}
