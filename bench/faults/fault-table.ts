import { median } from '../figures';
import { short, table } from '../table';
import type { FaultResult } from './fault';

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
        short(worst(loads.map(({ longestWaitMs }) => longestWaitMs))),
        short(worst(loads.map(({ longestPauseMs }) => longestPauseMs))),
        short(worst(times.map(({ leftOutMs }) => leftOutMs))),
        short(median(loads.map(({ p50Ms }) => p50Ms))),
        short(median(loads.map(({ p99Ms }) => p99Ms))),
        short(median(times.map(({ healedMs }) => healedMs))),
      ];
    }),
  );
}

/** The greatest of those that there are; none where there are none. */
function worst(values: readonly number[]): number | null {
  const there = values.filter((value) => !Number.isNaN(value));
  return there.length > 0 ? Math.max(...there) : null;
}
