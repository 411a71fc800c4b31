import { percentile } from '../percentile';
import type { ClusterProcess } from './processes';
import { together, type Totals } from './totals';

/** Where the numbers come from. */
export type SummarySource = 'prometheus' | 'scraping';

/** Numbers of the whole cluster over the last minute or less; null where nothing was counted. */
export interface ClusterNumbers {
  readonly window_seconds: number;
  readonly requests_per_second: number | null;
  /** Share of requests answered with a status of 500 or more. */
  readonly error_share: number | null;
  readonly latency_seconds: {
    readonly p50: number | null;
    readonly p90: number | null;
    readonly p99: number | null;
  };
  /** Mean rows of the batches that were sent to hosts. */
  readonly batch_rows_mean: number | null;
  /** Most versions that one host has loaded. */
  readonly models_loaded: number;
}

/** Numbers out of what the inferrers counted within `seconds`, and the hosts' gauges. */
export function numbersOf(
  inferrers: readonly Totals[],
  hosts: readonly Totals[],
  seconds: number,
): ClusterNumbers {
  const all = together(inferrers);
  return {
    window_seconds: round(seconds),
    requests_per_second: seconds > 0 ? round(all.requests / seconds) : null,
    error_share: ratio(all.errors, all.requests),
    latency_seconds: {
      p50: percentile(all.latency, 0.5),
      p90: percentile(all.latency, 0.9),
      p99: percentile(all.latency, 0.99),
    },
    batch_rows_mean: ratio(all.batchRows, all.batches),
    models_loaded: together(hosts).modelsLoaded,
  };
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? round(part / whole) : null;
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

/** The answer of `GET /api/v1/cluster`. */
export function summaryBody(
  source: SummarySource,
  numbers: ClusterNumbers,
  processes: readonly ClusterProcess[],
): Record<string, unknown> {
  const of = (role: ClusterProcess['role']): unknown[] =>
    processes
      .filter((process) => process.role === role)
      .map(({ id, instance, ready, draining }) => ({ id, instance, ready, draining }));
  return { source, ...numbers, inferrers: of('inferrer'), hosts: of('modelhost') };
}
