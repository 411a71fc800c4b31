import { median } from '../figures';
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
      const of = (pick: (round: SlowCallsRound) => number): number[] => rounds.map(pick);
      const sum = (values: readonly number[]): string =>
        values.reduce((a, b) => a + b, 0).toLocaleString('en-US');
      const worst = (values: readonly number[]): string => short(Math.max(...values));
      return [
        short(timeoutMs),
        String(rounds.length),
        sum(of(({ load }) => load.sent)),
        sum(of(({ load }) => load.good)),
        sum(of(({ load }) => load.refused)),
        sum(of(({ load }) => load.late)),
        sum(of(({ load }) => load.failed)),
        short(median(of(({ load }) => load.p50Ms))),
        worst(of(({ load }) => load.longestWaitMs)),
        sum(of(({ health }) => health.asked)),
        sum(of(({ health }) => health.failed)),
        short(median(of(({ health }) => health.p50Ms))),
        worst(of(({ health }) => health.longestMs)),
      ];
    }),
  );
}
