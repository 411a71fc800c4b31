import type { ByProcess } from '../figures';
import { total } from '../scenario-table';
import { short, table } from '../table';
import type { CostResult } from './cost';

const header = [
  'cost of',
  'how many',
  'req/s',
  'p50 ms',
  'p99 ms',
  'us/req: inferrers',
  'all',
  'MiB: inferrers',
  'all',
  'scrape ms',
];

/** docs/performance.md says what each column means. */
export function costTable(results: readonly CostResult[]): string {
  return table(
    header,
    results.map(({ cost, situation, measured: { median }, residentBytes, scrapeMs }) => [
      cost,
      situation,
      short(median.requestsPerSecond),
      short(median.p50Ms),
      short(median.p99Ms),
      short(ofInferrers(median.cpuUs)),
      short(total(median.cpuUs)),
      mib(ofInferrers(residentBytes)),
      mib(total(residentBytes)),
      short(scrapeMs),
    ]),
  );
}

function ofInferrers(values: ByProcess): number {
  const own = Object.entries(values).filter(([name]) => name.startsWith('inferrer'));
  return total(Object.fromEntries(own));
}

function mib(bytes: number): string {
  return short(bytes / 2 ** 20);
}
