import { setTimeout as wait } from 'node:timers/promises';
import type { MarkUsage } from '../runner/control';

export interface ToldUsageOptions {
  /** Asks the runner, which answers between two runs only. */
  readonly ask: () => Promise<readonly MarkUsage[]>;
  /** What it is at now, by what it has noted. */
  readonly running: () => number;
}

/**
 * How the versions of a runner are used. While it is inside a run, what it said last counts on, and
 * what it runs is used: so nobody takes a busy version for one that nobody asks.
 */
export class ToldUsage {
  readonly #options: ToldUsageOptions;
  #asked: Promise<boolean> | undefined;
  #told: readonly MarkUsage[] = [];
  #toldAt = performance.now();

  constructor(options: ToldUsageOptions) {
    this.#options = options;
  }

  async within(ms: number): Promise<readonly MarkUsage[]> {
    this.#asked ??= this.#ask();
    const given = new AbortController();
    const late = wait(ms, false, { signal: given.signal, ref: false });
    const fresh = await Promise.race([this.#asked, late]);
    given.abort();
    return fresh ? this.#told : this.#meanwhile(performance.now() - this.#toldAt);
  }

  async #ask(): Promise<boolean> {
    try {
      this.#told = await this.#options.ask();
    } catch {
      this.#told = [];
    }
    this.#toldAt = performance.now();
    this.#asked = undefined;
    return true;
  }

  #meanwhile(ageMs: number): readonly MarkUsage[] {
    const running = this.#options.running();
    return this.#told.map((one) =>
      one.mark === running
        ? { ...one, jobs: Math.max(1, one.jobs), idleMs: 0 }
        : { ...one, idleMs: one.idleMs + ageMs },
    );
  }
}
