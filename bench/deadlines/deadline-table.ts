import { short, table } from '../table';
import type { DeadlineResult } from './deadline-run';

const header = [
  'the model',
  'deadline ms',
  'sent',
  'ended',
  'refused',
  'other',
  'late p50 ms',
  'late p99',
  'longest',
  'longest %',
  'free p50 ms',
  'longest',
  'tiny not 200',
  'tiny p99 ms',
];

/** docs/performance.md says what each column means. */
export function deadlineTable(results: readonly DeadlineResult[]): string {
  return table(
    header,
    results.map(({ name, deadlineMs, sent, ended, refused, late, free, neighbours }) => [
      name,
      String(deadlineMs),
      String(sent),
      String(ended),
      String(refused),
      String(sent - ended - refused),
      short(late.p50Ms),
      short(late.p99Ms),
      short(late.longestMs),
      short((100 * late.longestMs) / deadlineMs),
      short(free?.p50Ms ?? null),
      short(free?.longestMs ?? null),
      String(neighbours.sent - neighbours.good),
      short(neighbours.p99Ms),
    ]),
  );
}
