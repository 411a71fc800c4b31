import type { RunnerMemory } from '../runners/runner-supervisor';

/**
 * What the runners of a host take, without what is being loaded: of a runner that loads it is what
 * was there before.
 */
export class ResidentBytes {
  readonly #read: () => readonly RunnerMemory[];
  readonly #known = new Map<string, number>();

  constructor(read: () => readonly RunnerMemory[]) {
    this.#read = read;
  }

  /** @param loaded the runner that has just loaded something, whatever it does next */
  look(loaded = ''): void {
    const now = this.#read();
    const there = new Set(now.map(({ runner }) => runner));
    for (const runner of this.#known.keys()) if (!there.has(runner)) this.#known.delete(runner);
    for (const { runner, bytes, loading = false } of now) {
      if (runner === loaded || !loading) this.#known.set(runner, bytes);
    }
  }

  /** So much of a runner's memory has gone, which is seen only when it loads nothing. */
  freed(runner: string, bytes: number): void {
    const known = this.#known.get(runner);
    if (known !== undefined) this.#known.set(runner, Math.max(0, known - bytes));
    this.look();
  }

  of(runner: string): number {
    return this.#known.get(runner) ?? 0;
  }

  /** 0 where the system does not tell. */
  total(): number {
    let bytes = 0;
    for (const each of this.#known.values()) bytes += each;
    return bytes;
  }
}
