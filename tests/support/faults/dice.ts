import { randomInt } from 'node:crypto';
import { createRandom, type Random } from '../../../examples/build/random';

/** Numbers from 0 to below 1 that follow from the seed. */
export type Dice = Random;

export const createDice: (seed: number) => Dice = createRandom;

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

/** The same items in an order that the dice choose. */
export function shuffled<Item>(dice: Dice, items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: dice() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
