import { setTimeout as pause } from 'node:timers/promises';
import type { Dice } from './dice';

/**
 * Resolves after so many milliseconds as the dice choose. This is the pace of faults, which shall
 * hit at any moment of what goes on; nothing may depend on what has happened by then.
 */
export async function randomPause(dice: Dice, leastMs: number, mostMs: number): Promise<void> {
  await pause(leastMs + dice() * (mostMs - leastMs));
}
