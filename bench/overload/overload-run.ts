import type { HealthTimes } from '../health-probe';
import type { LoadVerdict } from '../load/load-verdict';

/** Some times as much as the cluster can do, and a calm stretch after it. */
export interface OverloadStep {
  /** What arrives, in multiples of the capacity. */
  readonly times: number;
  readonly load: LoadVerdict;
  /** Good answers a second divided by the most that there were: capacity, or in one of the steps. */
  readonly ofPeak: number;
  readonly health: HealthTimes;
  /** When the last request of the calm stretch was due that did not go well; 0 for none. */
  readonly recoveredMs: number;
  /** Share of one processor that the generator has used. */
  readonly generatorShare: number;
}

export interface OverloadRun {
  /** Requests a second with 16 connections that each wait for their answer. */
  readonly capacity: number;
  readonly deadlineMs: number;
  readonly steps: readonly OverloadStep[];
}
