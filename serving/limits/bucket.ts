import type { Rate } from '../../protocol/rate';

/** What one client or model has used of its rate. */
export interface Bucket {
  /** When it will have all of its burst again; milliseconds of any clock that does not go back. */
  fullAt: number;
}

export function createBucket(): Bucket {
  return { fullAt: 0 };
}

/** Differences below this are of the arithmetic, in milliseconds. */
const roundingMs = 1e-6;

/**
 * Milliseconds until a request may pass, 0 if it may now. The generic cell rate algorithm: a token
 * bucket that needs neither a count nor a timer.
 */
export function waitMs(bucket: Bucket, rate: Rate, now: number): number {
  const wait = fullAtOf(bucket, rate, now) - now - ((rate.burst - 1) * 1000) / rate.perSecond;
  return wait > roundingMs ? wait : 0;
}

/** Counts a request that passes. */
export function take(bucket: Bucket, rate: Rate, now: number): void {
  bucket.fullAt = fullAtOf(bucket, rate, now) + 1000 / rate.perSecond;
}

/** A rate may have been changed under the bucket: it is never emptier than empty. */
function fullAtOf({ fullAt }: Bucket, { burst, perSecond }: Rate, now: number): number {
  if (fullAt <= now) return now;
  return Math.min(fullAt, now + (burst * 1000) / perSecond);
}
