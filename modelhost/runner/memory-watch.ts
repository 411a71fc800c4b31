/** A run that is shorter than this, in milliseconds, is not worth the ten microseconds of a look. */
const worthALookMs = 20;
/** Growth in one run, as a share of the limit, from which on the limit's breach is that run's. */
const shareOfOne = 0.25;

/**
 * Tells of a run that has taken its process over the limit of memory. The host's process looks once
 * a second and cannot tell which of many runs it was.
 */
export class MemoryWatch {
  readonly #limit: number;
  readonly #held: () => number;
  readonly #resident: () => number;
  #before: number;

  /**
   * @param limit beyond what the versions took when they were loaded, which `held` says
   * @param resident memory of this process in bytes, by default as the system tells it
   */
  constructor(
    limit: number,
    held: () => number = () => 0,
    resident: () => number = () => process.memoryUsage.rss(),
  ) {
    this.#limit = limit;
    this.#held = held;
    this.#resident = resident;
    this.#before = resident();
  }

  /** To be called now and then between runs: what has grown until then is no single run's. */
  look(): void {
    this.#before = this.#resident();
  }

  /** To be called after a run that took so long. */
  tooMuch(runMs: number): boolean {
    if (runMs < worthALookMs) return false;
    const before = this.#before;
    this.#before = this.#resident();
    const grown = this.#before - before;
    return this.#before - this.#held() > this.#limit && grown > this.#limit * shareOfOne;
  }
}

/** How a runner exits that has seen a run take too much memory. */
export const tooMuchMemoryCode = 86;
