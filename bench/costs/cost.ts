import type { ByProcess } from '../figures';
import type { Measured } from '../sides';

/** What something costs: the figures in one situation, to be read beside those in another. */
export interface CostResult {
  readonly cost: string;
  readonly situation: string;
  readonly measured: Measured;
  readonly residentBytes: ByProcess;
  /** Time of one read of the inferrer's /metrics; null where it is not the question. */
  readonly scrapeMs: number | null;
}
