import type { RunnerMemory } from '../runners/runner-supervisor';

/**
 * What the runners of a host take, without what is being loaded: of a runner that loads it is what
 * was there before. Of one that replaces another the larger counts, as nothing has come to stay:
 * nobody has to leave for it.
 */
export class ResidentBytes {
  readonly #read: () => readonly RunnerMemory[];
  readonly #known = new Map<string, RunnerMemory>();

  constructor(read: () => readonly RunnerMemory[]) {
    this.#read = read;
  }

  /** @param loaded the runner that has just loaded something, whatever it does next */
  look(loaded = ''): void {
    const now = this.#read();
    const there = new Set(now.map(({ runner }) => runner));
    for (const runner of this.#known.keys()) if (!there.has(runner)) this.#known.delete(runner);
    for (const one of now) {
      if (one.runner === loaded || one.loading !== true) this.#known.set(one.runner, one);
    }
  }

  /** So much of a runner's memory has gone, which is seen only when it loads nothing. */
  freed(runner: string, bytes: number): void {
    const known = this.#known.get(runner);
    if (known !== undefined) {
      this.#known.set(runner, { ...known, bytes: Math.max(0, known.bytes - bytes) });
    }
    this.look();
  }

  of(runner: string): number {
    return this.#known.get(runner)?.bytes ?? 0;
  }

  /** 0 where the system does not tell. */
  total(): number {
    return takenBytes([...this.#known.values()]);
  }
}

/** What runners take, where of those that take over from each other only one will stay. */
export function takenBytes(runners: readonly RunnerMemory[]): number {
  const most = new Map<string, number>();
  for (const { keeper, bytes } of runners) {
    most.set(keeper, Math.max(most.get(keeper) ?? 0, bytes));
  }
  return [...most.values()].reduce((sum, bytes) => sum + bytes, 0);
}
