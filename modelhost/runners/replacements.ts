const longestPauseMs = 3_600_000;

/**
 * When a runner that has grown beyond its budget may be replaced: one at a time on a host, and with
 * pauses that double while it goes on, because then the models simply need that much. Times are of
 * one clock, in milliseconds.
 */
export class Replacements {
  readonly #firstPauseMs: number;
  #pauseMs: number;
  #running = false;
  #endedAt = -Infinity;

  constructor(firstPauseMs = 60_000) {
    this.#firstPauseMs = firstPauseMs;
    this.#pauseMs = firstPauseMs;
  }

  /** True where one may begin now; then `end` has to follow. */
  begin(now: number): boolean {
    const restedMs = now - this.#endedAt;
    if (this.#running || restedMs < this.#pauseMs) return false;
    const soon = restedMs < 10 * this.#pauseMs;
    this.#pauseMs = soon ? Math.min(2 * this.#pauseMs, longestPauseMs) : this.#firstPauseMs;
    this.#running = true;
    return true;
  }

  end(now: number): void {
    this.#running = false;
    this.#endedAt = now;
  }
}
