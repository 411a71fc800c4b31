import type { Family, Sample } from '../exposition';
import type { CumulativeBucket } from '../percentile';

/** What one process has counted since its start, as far as the summary needs it. */
export interface Totals {
  readonly requests: number;
  /** Of these, answered with a status of 500 or more. */
  readonly errors: number;
  /** Sorted by bound, cumulative. */
  readonly latency: readonly CumulativeBucket[];
  readonly batches: number;
  readonly batchRows: number;
  /** Not a count: the versions loaded now. */
  readonly modelsLoaded: number;
}

/** Dialects whose requests are no use of models. */
export const otherDialects: readonly string[] = ['', 'management', 'health', 'metrics', 'cluster'];

export function totalsOf(families: readonly Family[]): Totals {
  const byName = new Map(families.map((family) => [family.name, family.samples]));
  const samplesOf = (name: string): readonly Sample[] => byName.get(name) ?? [];
  const requests = samplesOf('shoal_requests_total').filter(isUse);
  const latency = samplesOf('shoal_request_duration_seconds').filter(isUse);
  const rows = samplesOf('shoal_batch_rows');
  return {
    requests: sum(requests),
    errors: sum(requests.filter(({ labels }) => Number(labels['code']) >= 500)),
    latency: bucketsOf(latency),
    batches: sum(rows.filter(({ suffix }) => suffix === '_count')),
    batchRows: sum(rows.filter(({ suffix }) => suffix === '_sum')),
    modelsLoaded: sum(samplesOf('shoal_models_loaded')),
  };
}

function isUse({ labels }: Sample): boolean {
  return !otherDialects.includes(labels['dialect'] ?? '');
}

function sum(samples: readonly Sample[]): number {
  return samples.reduce((total, { value }) => total + value, 0);
}

function bucketsOf(samples: readonly Sample[]): CumulativeBucket[] {
  const counts = new Map<number, number>();
  for (const { le, value } of samples) {
    if (le === undefined) continue;
    const bound = le === '+Inf' ? Infinity : Number(le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return [...counts]
    .map(([bound, count]) => ({ bound, count }))
    .sort((a, b) => (a.bound < b.bound ? -1 : 1));
}

const nothing: Totals = {
  requests: 0,
  errors: 0,
  latency: [],
  batches: 0,
  batchRows: 0,
  modelsLoaded: 0,
};

/** What was counted between two looks at a process; one that has started anew counts from nothing. */
export function increase(before: Totals, after: Totals): Totals {
  const from =
    after.requests < before.requests || after.batches < before.batches ? nothing : before;
  return {
    requests: after.requests - from.requests,
    errors: after.errors - from.errors,
    latency: after.latency.map(({ bound, count }) => ({
      bound,
      count: count - (from.latency.find((bucket) => bucket.bound === bound)?.count ?? 0),
    })),
    batches: after.batches - from.batches,
    batchRows: after.batchRows - from.batchRows,
    modelsLoaded: after.modelsLoaded,
  };
}

/** The counts of several processes together; of loaded models the most that one has. */
export function together(all: readonly Totals[]): Totals {
  return all.reduce(
    (a, b) => ({
      requests: a.requests + b.requests,
      errors: a.errors + b.errors,
      latency: addBuckets(a.latency, b.latency),
      batches: a.batches + b.batches,
      batchRows: a.batchRows + b.batchRows,
      modelsLoaded: Math.max(a.modelsLoaded, b.modelsLoaded),
    }),
    nothing,
  );
}

function addBuckets(
  a: readonly CumulativeBucket[],
  b: readonly CumulativeBucket[],
): readonly CumulativeBucket[] {
  if (a.length === 0) return b;
  return a.map(({ bound, count }) => ({
    bound,
    count: count + (b.find((bucket) => bucket.bound === bound)?.count ?? 0),
  }));
}
