import type { MadeUpBy } from '../../protocol/made-up-input';
import type { WarmUp } from '../model-config/warm-up';
import type { Signature } from '../../protocol/signature';

/** What to try in a throw-away process, and how much it may take. */
export interface ProbeOrder {
  /** Absolute path of the model file, external data beside it. */
  readonly path: string;
  readonly signature: Signature;
  /** Rows to which each run has to be filled up; null or absent where none need be. */
  readonly padTo?: number | null;
  /** What the configuration wants run; a run that fails rejects the model. */
  readonly warmUps?: readonly WarmUp[];
  /** Rows of runs to be measured beside; absent: none. */
  readonly sizes?: readonly number[];
  /** Directory of the runtime's package; absent or '': the one that comes with the server. */
  readonly runtime?: string;
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
  /** What it ran on; absent where it did not, and in what earlier releases have stored. */
  readonly madeUpBy?: MadeUpBy | undefined;
  /** Microseconds of one row alone and per row in a batch of eight; 0 where it did not run. */
  readonly rowUs: { readonly alone: number; readonly batched: number };
  /** Every input and output has a free first dimension and rows do not influence each other. */
  readonly canBatch: boolean;
  /** Why it cannot be batched; '' where it can. */
  readonly whyNoBatch: string;
  /** Of runs of the sizes that were ordered, as far as the model could run them. */
  readonly rowTimes?: readonly RowTime[];
}

/** Microseconds of a row in runs of so many rows. */
export interface RowTime {
  readonly rows: number;
  readonly us: number;
}
