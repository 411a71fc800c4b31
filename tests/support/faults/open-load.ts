import { setTimeout as pause } from 'node:timers/promises';

/** What became of the calls of an open load. */
export interface OpenLoad {
  /** Calls by outcome. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Milliseconds that the calls with this outcome took, ascending. */
  times(outcome: string): readonly number[];
}

export interface OpenLoadOptions {
  readonly perSecond: number;
  readonly seconds: number;
  /** Makes one call and says what came; every call has its own number, from `first` on. */
  readonly call: (number: number) => Promise<string>;
  readonly first?: number;
}

/** How often it looks which calls are due: the pace of the load, whatever the answers. */
const tickMs = 5;

/** Calls at an even pace, whatever the answers; resolves when all have come. */
export async function openLoad(options: OpenLoadOptions): Promise<OpenLoad> {
  const { perSecond, seconds, call, first = 1 } = options;
  const times = new Map<string, number[]>();
  const calls: Promise<void>[] = [];
  const one = async (number: number): Promise<void> => {
    const began = performance.now();
    const outcome = await call(number).catch((error: unknown) => `error: ${String(error)}`);
    const took = performance.now() - began;
    const known = times.get(outcome);
    if (known === undefined) times.set(outcome, [took]);
    else known.push(took);
  };
  const began = performance.now();
  for (let ms = 0; ms < seconds * 1000; ms = performance.now() - began) {
    const due = Math.floor((ms / 1000) * perSecond);
    while (calls.length < due) calls.push(one(first + calls.length));
    await pause(tickMs);
  }
  await Promise.all(calls);
  for (const list of times.values()) list.sort((a, b) => a - b);
  return {
    outcomes: new Map([...times].map(([outcome, list]) => [outcome, list.length])),
    times: (outcome) => times.get(outcome) ?? [],
  };
}

export function percentile(times: readonly number[], share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
}
