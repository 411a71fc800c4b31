import type { LoadRequest } from '../load-request';

/** So many requests a second, evenly, for so long. */
export interface LoadStage {
  readonly ratePerSecond: number;
  readonly seconds: number;
}

/** What to send: one request again and again, whether or not earlier ones were answered. */
export interface LoadQuestion {
  readonly url: string;
  readonly request: LoadRequest;
  /** One after the other. */
  readonly stages: readonly LoadStage[];
  /** Each has one request at a time; a request that finds none free waits for one. */
  readonly connections: number;
  /** How long after the last one was due answers are waited for. */
  readonly drainSeconds: number;
}

/** What became of each request, in the order in which they were due. */
export interface LoadAnswer {
  /** When the first stage began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** When it was due, in milliseconds from the start. */
  readonly dueMs: Float64Array;
  /** From when it was due to when its answer was there; NaN if it had none. */
  readonly tookMs: Float64Array;
  /** Of the answer; 0 if the connection broke or no answer came. */
  readonly status: Uint16Array;
  /** 1 where it is the model's default answer, in place of an error. */
  readonly isDefault: Uint8Array;
}
