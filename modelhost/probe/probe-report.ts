import type { Signature } from '../../protocol/signature';

/** What to try in a throw-away process, and how much it may take. */
export interface ProbeOrder {
  /** Absolute path of the model file, external data beside it. */
  readonly path: string;
  readonly signature: Signature;
  /** Rows to which each run has to be filled up; null or absent where none need be. */
  readonly padTo?: number | null;
  readonly timeLimitMs: number;
  readonly memoryLimitBytes: number;
}

/** What was measured of a model that can be served. */
export interface ProbeReport {
  /** Processor time of loading, which a busy machine does not lengthen as it does the time by the clock. */
  readonly loadMs: number;
  /** Most resident memory beyond that of an empty runner. */
  readonly residentBytes: number;
  /** Whether synthetic input could be run; models may refuse made-up data and still be good. */
  readonly ran: boolean;
  /** Microseconds of one row alone and per row in a batch of eight; 0 where it did not run. */
  readonly rowUs: { readonly alone: number; readonly batched: number };
  /** Every input and output has a free first dimension and rows do not influence each other. */
  readonly canBatch: boolean;
  /** Why it cannot be batched; '' where it can. */
  readonly whyNoBatch: string;
}
