import { processState } from './process-state';
import type { KillReason } from './runner-death';

export interface RunnerLimits {
  /** Longest time that one run may take, in milliseconds. */
  readonly maxRunMs: number;
  /** Longest time that one load may take, in milliseconds. */
  readonly maxLoadMs: number;
  /**
   * Resident memory beyond that of its versions at which it is ended at once. Theirs is what their
   * loads took: how many there may be, the host's budget says.
   */
  readonly memoryBytes: number;
  /**
   * Resident memory beyond that of its versions from which on `onGrown` is called at each look
   * that falls into no load.
   */
  readonly budgetBytes?: number;
}

/** The runner as its watch sees it. */
export interface WatchedRunner {
  readonly pid: number | undefined;
  /** It starts, or loads a version. */
  readonly busyLoading: () => boolean;
  /** Resolves between two runs; rejects when the process has ended. */
  readonly ping: () => Promise<unknown>;
  readonly kill: (reason: KillReason) => void;
  readonly onGrown: () => void;
}

/** How often a runner is looked at, in milliseconds. */
const watchMs = 1000;

/** How long a runner between two runs takes to answer a ping at the most, in milliseconds. */
const answerMs = 100;

/** Looks at one runner as long as it lives, and ends it where it is stuck, frozen or too large. */
export class RunnerWatch {
  readonly #limits: RunnerLimits;
  readonly #runner: WatchedRunner;
  readonly #everyMs: number;
  readonly #timer: NodeJS.Timeout;
  /** What its versions took when they were loaded, by mark. */
  readonly #held = new Map<number, number>();
  /** Milliseconds since the ping that waits for its answer; undefined while none does. */
  #unansweredMs: number | undefined;
  /** Resident memory when it last answered. */
  #restingBytes = 0;
  #lookedAt = performance.now();
  #answeredAt = performance.now();

  constructor(limits: RunnerLimits, runner: WatchedRunner) {
    this.#limits = limits;
    this.#runner = runner;
    this.#everyMs = Math.min(watchMs, Math.ceil(limits.maxRunMs / 4));
    this.#timer = setInterval(() => {
      this.#look(performance.now());
    }, this.#everyMs).unref();
  }

  /** Since it last answered a ping, in milliseconds. */
  get quietMs(): number {
    return Math.round(performance.now() - this.#answeredAt);
  }

  holds(mark: number, residentBytes: number): void {
    this.#held.set(mark, residentBytes);
  }

  released(mark: number): void {
    this.#held.delete(mark);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  /**
   * A ping is answered between two runs, whatever the load. So one ping that is not answered for
   * longer than a run may take means one run (or load, or start) that takes longer than that.
   * Time in which this process itself was held up counts as little as possible.
   */
  #look(now: number): void {
    const sinceMs = Math.min(now - this.#lookedAt, 2 * this.#everyMs);
    this.#lookedAt = now;
    const { stopped, residentBytes } = processState(this.#runner.pid ?? 0);
    const { memoryBytes, budgetBytes = Infinity } = this.#limits;
    if (this.#beyondVersions(residentBytes) > memoryBytes) this.#overMemory(residentBytes);
    // What a load takes is known at its end.
    else if (this.#beyondVersions(residentBytes) > budgetBytes && !this.#runner.busyLoading()) {
      this.#runner.onGrown();
    }
    if (this.#unansweredMs === undefined) {
      this.#restingBytes = residentBytes;
      this.#ping();
      return;
    }
    if (stopped) this.#runner.kill('frozen');
    this.#unansweredMs += sinceMs;
    if (this.#unansweredMs > this.#patienceMs()) this.#runner.kill('stuck');
  }

  #beyondVersions(residentBytes: number): number {
    let bytes = residentBytes;
    for (const each of this.#held.values()) bytes -= each;
    return bytes;
  }

  /** One run's fault only where it has not ended and most of the growth fell into it. */
  #overMemory(residentBytes: number): void {
    if (this.#unansweredMs === undefined) this.#ping();
    const { memoryBytes } = this.#limits;
    const jumped = residentBytes - this.#restingBytes > memoryBytes / 4;
    setTimeout(() => {
      // It was a load, whose end had not been told yet.
      if (this.#beyondVersions(residentBytes) <= memoryBytes) return;
      const inRun = this.#unansweredMs !== undefined || this.#runner.busyLoading();
      this.#runner.kill(inRun && jumped ? 'memory' : 'grown');
    }, answerMs);
  }

  #patienceMs(): number {
    const { maxRunMs, maxLoadMs } = this.#limits;
    return this.#runner.busyLoading() ? Math.max(maxLoadMs, maxRunMs) : maxRunMs;
  }

  #ping(): void {
    this.#unansweredMs = 0;
    this.#runner.ping().then(
      () => {
        this.#unansweredMs = undefined;
        this.#answeredAt = performance.now();
      },
      () => undefined,
    );
  }
}
