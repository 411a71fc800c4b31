import { randomInt } from 'node:crypto';

/** Numbers from 0 to below 1 that follow from the seed (mulberry32). */
export type Dice = () => number;

export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed of this run: SEED of the environment, or any. */
export function seedOfRun(): number {
  const given = process.env['SEED'];
  return given === undefined ? randomInt(2 ** 31) : Number(given);
}

/** A whole number of the environment, for longer runs than the usual one. */
export function wholeOfRun(name: string, usual: number): number {
  const given = Number(process.env[name] ?? usual);
  if (!Number.isInteger(given) || given < 1) throw new Error(`${name}: wanted a whole number`);
  return given;
}

export function pick<Item>(dice: Dice, items: readonly Item[]): Item {
  if (items.length === 0) throw new Error('nothing to pick from');
  return items[Math.floor(dice() * items.length)] as Item;
}
