import { short, table } from '../table';
import type { OverloadRun } from './overload-run';

const header = [
  'x capacity',
  'sent/s',
  'good/s',
  'of peak',
  'refused %',
  'late %',
  'failed',
  'p50 ms',
  'p99 ms',
  'refused p99',
  'health p50',
  'longest',
  'recovered ms',
  'generator',
];

export function overloadTitle({ capacity, deadlineMs }: OverloadRun): string {
  return `Overload: capacity ${short(capacity)} req/s, deadline ${deadlineMs} ms`;
}

/** docs/performance.md says what each column means. */
export function overloadTable({ steps }: OverloadRun): string {
  return table(
    header,
    steps.map(({ times, load, ofPeak, health, recoveredMs, generatorShare }) => [
      String(times),
      short(load.sent / load.seconds),
      short(load.good / load.seconds),
      short(ofPeak),
      short((100 * load.refused) / load.sent),
      short((100 * load.late) / load.sent),
      String(load.failed),
      short(load.p50Ms),
      short(load.p99Ms),
      short(load.refusedP99Ms),
      short(health.p50Ms),
      short(health.longestMs),
      short(recoveredMs),
      short(generatorShare),
    ]),
  );
}
