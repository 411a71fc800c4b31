import type { LoadVerdict } from '../load/load-verdict';

/** What came of requests to a model that takes longer than they have. */
export interface DeadlineResult {
  readonly name: string;
  readonly deadlineMs: number;
  readonly sent: number;
  /** Answered because their time was over: with 504, or the default answer where the model has one. */
  readonly ended: number;
  /** Refused with 503. */
  readonly refused: number;
  /** By how much what was ended was later than its deadline. */
  readonly late: Spread;
  /** From the deadline until the same runner had answered another request; null if not asked. */
  readonly free: Spread | null;
  /** Small requests to another model on the same host meanwhile. */
  readonly neighbours: LoadVerdict;
}

/** In milliseconds. */
export interface Spread {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}
