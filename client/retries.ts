import { ServerError } from './server-error.js';

/** How often, and how soon, a call that may be repeated is tried again. */
export interface Retries {
  /** Tries after the first one; 0 for none. */
  readonly count: number;
  /** Longest wait before the first of them, in milliseconds; doubled for each further one. */
  readonly delayMs: number;
}

export const usualRetries: Retries = { count: 2, delayMs: 100 };

/** Statuses that say that the request was not answered and may be another time. */
const passing = new Set([429, 502, 503]);

/**
 * Milliseconds until the next try of a call that failed, or undefined where there shall be none: no
 * tries are left, or the failure would be the same again. `tried` counts the tries there were, dice
 * are from 0 to below 1.
 */
export function delayBefore(
  error: unknown,
  tried: number,
  { count, delayMs }: Retries,
  dice: () => number,
): number | undefined {
  if (tried > count || !mayPass(error)) return undefined;
  const spread = dice() * delayMs * 2 ** (tried - 1);
  return error instanceof ServerError ? Math.max(spread, (error.retryAfter ?? 0) * 1000) : spread;
}

function mayPass(error: unknown): boolean {
  return error instanceof ServerError ? passing.has(error.status) : isUnreached(error);
}

/** What fetch throws where no answer came or one broke off: a TypeError, which may be another window's or context's. */
export function isUnreached(error: unknown): boolean {
  return (error as Partial<Error> | null)?.name === 'TypeError';
}
