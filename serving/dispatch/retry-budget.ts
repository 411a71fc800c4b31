/**
 * How many second tries are allowed: a tenth of the requests, and at least ten a second, so that
 * retries cannot multiply an overload. Time is passed in (milliseconds of any steady clock).
 */
export class RetryBudget {
  readonly #share: number;
  readonly #perSecond: number;
  readonly #most: number;
  #tokens: number;
  #stamp = 0;

  constructor(share = 0.1, perSecond = 10) {
    this.#share = share;
    this.#perSecond = perSecond;
    this.#most = perSecond * 10;
    this.#tokens = perSecond;
  }

  /** Counts requests, which earn a tenth of a retry each. */
  requests(count: number): void {
    this.#tokens = Math.min(this.#most, this.#tokens + count * this.#share);
  }

  /** Takes `count` retries out of the budget; false, and nothing is taken, where it is spent. */
  take(count: number, nowMs: number): boolean {
    const earned = (Math.max(0, nowMs - this.#stamp) / 1000) * this.#perSecond;
    this.#stamp = nowMs;
    this.#tokens = Math.min(this.#most, this.#tokens + Math.min(earned, this.#perSecond));
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
