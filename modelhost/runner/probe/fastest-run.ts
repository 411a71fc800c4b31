/** How long the measurement goes on, and how often each kind of run has its turn at most. */
const measureMs = 200;
const measureTurns = 30;

/**
 * The least microseconds of each kind of run, which take turns: whatever else the machine does only
 * adds to a time, and may last for longer than all runs of one kind.
 */
export async function fastestUs(
  now: () => number,
  runs: readonly (() => Promise<unknown>)[],
): Promise<number[]> {
  const fastest = runs.map(() => Infinity);
  const end = now() + measureMs;
  let turns = 0;
  do {
    for (const [kind, run] of runs.entries()) {
      const from = now();
      await run();
      fastest[kind] = Math.min(fastest[kind] ?? Infinity, now() - from);
    }
    turns++;
  } while (turns < measureTurns && now() < end);
  return fastest.map((ms) => tenths(ms * 1000));
}

/** To one digit behind the point. */
export function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
