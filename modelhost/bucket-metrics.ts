import type { Metrics } from '../metrics/metrics';
import type { BucketObserver } from './repository/bucket/bucket-observer';

/** Counts what a host has to do with its bucket; `now` in milliseconds since 1970. */
export function countBucket(metrics: Metrics, now: () => number): BucketObserver {
  return {
    asked: (operation, outcome) => {
      metrics.count('shoal_bucket_requests_total', { operation, outcome });
    },
    again: (operation) => {
      metrics.count('shoal_bucket_retries_total', { operation });
    },
    listed: () => {
      const seconds = now() / 1000;
      metrics.gauge('shoal_bucket_last_listing_timestamp_seconds', () => [[{}, seconds]]);
    },
    cached: (bytes) => {
      metrics.gauge('shoal_model_cache_bytes', () => [[{}, bytes]]);
    },
    evicted: () => {
      metrics.count('shoal_model_cache_evictions_total', {});
    },
  };
}
