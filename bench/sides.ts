import { medianFigures, medianRatio, type Figures } from './figures';

/** One of the things that are compared: measures itself for some seconds. */
export interface Side {
  readonly name: string;
  measure(seconds: number): Promise<Figures>;
}

export interface Effort {
  readonly rounds: number;
  /** Of one side in one round. */
  readonly seconds: number;
  /** Of each server before the first round of a kind of request: until its code is compiled. */
  readonly warmUpSeconds: number;
  /** Of each side before its first round: until its connections and memory are what they will be. */
  readonly settleSeconds: number;
}

/** A side's figures: one entry per round, and their medians. */
export interface Measured {
  readonly rounds: readonly Figures[];
  readonly median: Figures;
}

/**
 * Lets every side settle, then measure itself once per round, one after the other; which one comes
 * first changes from round to round.
 */
export async function alternate(
  sides: readonly Side[],
  effort: Effort,
): Promise<ReadonlyMap<string, Measured>> {
  const rounds = new Map<string, Figures[]>(sides.map(({ name }) => [name, []]));
  await warmUp(sides, effort.settleSeconds);
  for (let round = 0; round < effort.rounds; round += 1) {
    const first = round % sides.length;
    for (const side of [...sides.slice(first), ...sides.slice(0, first)]) {
      rounds.get(side.name)?.push(await side.measure(effort.seconds));
    }
  }
  return new Map(
    [...rounds].map(([name, figures]) => [
      name,
      { rounds: figures, median: medianFigures(figures) },
    ]),
  );
}

/** Lets every side run once, for what it does to it: compiled code, open connections. */
export async function warmUp(sides: readonly Side[], seconds: number): Promise<void> {
  for (const side of sides) await side.measure(seconds);
}

/** One side seen beside another: medians over the rounds of what the one is to the other. */
export interface Beside {
  readonly rate: number;
  readonly p50: number;
}

export function beside(one: Measured, other: Measured): Beside {
  return {
    rate: medianRatio(one.rounds, other.rounds, (figures) => figures.rowsPerSecond),
    p50: medianRatio(one.rounds, other.rounds, (figures) => figures.p50Ms),
  };
}
