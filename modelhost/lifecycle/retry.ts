import type { ErrorCode, ShoalError } from '../../core/errors';

/** Faults of the model itself: another try would end the same way. */
const lasting: ReadonlySet<ErrorCode> = new Set(['model_rejected']);

export function isLasting({ code }: ShoalError): boolean {
  return lasting.has(code);
}

/**
 * Milliseconds until a load that has failed so often is tried again. What killed its runners has a
 * time of its own.
 */
export function retryMs(
  { details: { retryAfter } }: ShoalError,
  failures: number,
  delayMs: (failures: number) => number = doubledMs,
): number {
  return retryAfter === undefined ? delayMs(failures) : retryAfter * 1000;
}

/** Milliseconds until what has failed so often is tried again, where nothing else says so. */
export function doubledMs(failures: number): number {
  return Math.min(60_000, 1000 * 2 ** (failures - 1));
}
