import { median } from '../figures';
import { short, table } from '../table';
import type { ChangeResult } from './change';

const header = ['what', 'hosts', 'times', 'p50 ms', 'longest ms', 'bare p50 ms', 'p50 ratio'];

/** docs/performance.md says what each row means. */
export function changeTable(results: readonly ChangeResult[]): string {
  return table(
    header,
    results.map(({ what, hosts, times, bare }) => {
      const [p50, bareP50] = [median(times), bare.length === 0 ? null : median(bare)];
      return [
        what,
        String(hosts),
        String(times.length),
        short(p50),
        short(Math.max(...times)),
        short(bareP50),
        short(bareP50 === null ? null : p50 / bareP50),
      ];
    }),
  );
}
