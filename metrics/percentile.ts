/** Requests up to an upper bound, counted together with all below it. */
export interface CumulativeBucket {
  readonly bound: number;
  readonly count: number;
}

/**
 * The value below which a share `q` of what was counted lies, as Prometheus' histogram_quantile:
 * evenly spread within a bucket, the last finite bound for what is above all. Null for nothing.
 * `buckets` are sorted by bound and end with infinity.
 */
export function percentile(buckets: readonly CumulativeBucket[], q: number): number | null {
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return null;
  const rank = q * total;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const { bound, count } = buckets[index] ?? { bound: Infinity, count: total };
  const below = buckets[index - 1] ?? { bound: 0, count: 0 };
  if (bound === Infinity) return below.bound;
  if (count === below.count) return bound;
  return below.bound + ((bound - below.bound) * (rank - below.count)) / (count - below.count);
}
