import { median } from '../figures';
import { short, table } from '../table';
import type { FaultResult, FaultTime } from './fault';

const header = [
  'fault',
  'hosts',
  'times',
  'requests',
  'not 200',
  'longest wait ms',
  'longest pause ms',
  'left out ms',
  'p50 ms',
  'p99 ms',
  'ready again ms',
];

/** Sums of requests, the worst of waits, pauses and times to be left out, medians of the rest. */
export function faultTable(results: readonly FaultResult[]): string {
  return table(
    header,
    results.map(({ fault, times }) => {
      const loads = times.map(({ load }) => load);
      const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
      return [
        fault.name,
        String(fault.hosts),
        String(times.length),
        short(sum(loads.map(({ sent }) => sent))),
        String(sum(loads.map(({ sent, good }) => sent - good))),
        short(Math.max(...loads.map(({ longestWaitMs }) => longestWaitMs))),
        short(Math.max(...loads.map(({ longestPauseMs }) => longestPauseMs))),
        short(worstLeftOut(times)),
        short(median(loads.map(({ p50Ms }) => p50Ms))),
        short(median(loads.map(({ p99Ms }) => p99Ms))),
        short(median(times.map(({ healedMs }) => healedMs))),
      ];
    }),
  );
}

/** Of the times when the inferrer said so; none where it never did. */
function worstLeftOut(times: readonly FaultTime[]): number | null {
  const said = times.map(({ leftOutMs }) => leftOutMs).filter((ms) => !Number.isNaN(ms));
  return said.length > 0 ? Math.max(...said) : null;
}
