import type { Agent } from 'node:http';
import type { Asking, Reply } from '../ask';
import type { Dice } from './dice';

/** What a request of a mixed load is made of. */
export interface Asked {
  readonly url: string;
  /** The kept connections of the load. */
  readonly agent: Agent;
  /** Over these. */
  readonly post: (path: string, asking: Asking) => Promise<Reply>;
  /** No other request of the load has it. */
  readonly seed: number;
  readonly dice: Dice;
}

/**
 * Asks once; rejects where the answer is not the right one. Resolves with which right end it took
 * where there are several, in words.
 */
export type Kind = (asked: Asked) => Promise<unknown>;

/** From 1 to 1000, as often below 10 as above 100: on any machine too short, and long enough. */
export function someMs(dice: Dice): number {
  return Math.floor(10 ** (dice() * 3));
}
