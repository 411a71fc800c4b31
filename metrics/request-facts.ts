import type { stages } from './vocabulary';

/** What became of one request; the notes of an exchange have this shape. Stages in microseconds. */
export interface RequestFacts {
  readonly dialect: string;
  /** The model that was named, to infer or otherwise; '' for none. */
  readonly model: string;
  /** Its version as resolved; '' where that was not reached. */
  readonly version: string;
  readonly host: string;
  readonly rows: number | null;
  /** The model has answered, though that may not have been written. */
  readonly answered: boolean;
  /** Code word of the error answered, '' for none. */
  readonly errorCode: string;
  /** Null where it did not come to an inference. */
  readonly stages: Readonly<Record<(typeof stages)[number], number>> | null;
}
