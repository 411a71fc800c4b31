import type { HealthTimes } from '../health-probe';
import type { LoadVerdict } from '../load/load-verdict';
import type { SlowModel } from './slow-request';

/** Some times as many requests to a model as the cluster can answer, once per round. */
export interface OverloadStep {
  readonly model: SlowModel;
  /** What arrives, in multiples of the capacity. */
  readonly times: number;
  readonly rounds: readonly OverloadRound[];
}

/** The capacity, then a multiple of it, then a calm stretch. */
export interface OverloadRound {
  /** Requests a second with 16 connections that each wait for their answer. */
  readonly capacity: number;
  /** Good answers that came, whenever they were asked for, a second of the step. */
  readonly goodPerSecond: number;
  readonly load: LoadVerdict;
  readonly health: HealthTimes;
  /** When the last request of the calm stretch was due that did not go well; 0 for none. */
  readonly recoveredMs: number;
  /** Share of one processor that the generator has used. */
  readonly generatorShare: number;
}

export interface OverloadRun {
  readonly deadlineMs: number;
  readonly steps: readonly OverloadStep[];
  readonly slowCalls: readonly SlowCalls[];
}

/** Many calls at once that have so much time, once per round. */
export interface SlowCalls {
  readonly timeoutMs: number;
  readonly rounds: readonly SlowCallsRound[];
}

export interface SlowCallsRound {
  readonly load: LoadVerdict;
  /** Until all calls were answered. */
  readonly health: HealthTimes;
}
