/** What a picker may know of a place that can run a batch. */
export interface Candidate {
  /** Batches that were sent to it and have not come back. */
  readonly inFlight: number;
  /** Peak-sensitive moving average of its answer times, in microseconds; 0 while unknown. */
  readonly latencyUs: number;
}

/** A random number from 0 to below 1; passed in so that tests can load the dice. */
export type Dice = () => number;

/** Chooses one of at least one candidates. */
export type Picker = <Place extends Candidate>(candidates: readonly Place[], dice: Dice) => Place;
