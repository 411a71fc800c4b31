import type { Decision } from './decide';

/** A roll-back that could not be written. */
export interface Withheld {
  /** Canary and step that it is about. */
  readonly key: string;
  readonly decision: Decision;
}

/**
 * By model, the canaries that this inferrer gives no requests though the model's state still says so:
 * while the repository takes no change, it has the default alone answer by itself.
 */
export type WithheldCanaries = Map<string, Withheld>;
