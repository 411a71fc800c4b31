import type { ByProcess } from '../figures';
import { total } from '../scenario-table';
import { short, table } from '../table';
import type { LeverResult } from './lever';

const header = [
  'lever',
  'scenario',
  'conn',
  'req/s',
  'without',
  'ratio',
  'p50 ms',
  'without',
  'us/req: inferrer',
  'without',
  'all',
  'without',
];

/** docs/performance.md says what each column means. */
export function leverTable(results: readonly LeverResult[]): string {
  return table(
    header,
    results.map(({ lever, scenario, connections, used, unused, ratio }) => {
      const [one, other] = [used.median, unused.median];
      return [
        lever,
        scenario,
        String(connections),
        short(one.requestsPerSecond),
        short(other.requestsPerSecond),
        short(ratio),
        short(one.p50Ms),
        short(other.p50Ms),
        short(ofInferrer(one.cpuUs)),
        short(ofInferrer(other.cpuUs)),
        short(total(one.cpuUs)),
        short(total(other.cpuUs)),
      ];
    }),
  );
}

function ofInferrer(values: ByProcess): number {
  return values['inferrer'] ?? NaN;
}
