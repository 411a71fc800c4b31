/** Seconds over which retries are weighed against requests. */
const windowSeconds = 10;

/**
 * How many second tries are allowed: within any ten seconds a tenth of the requests and ten a
 * second on top, so that retries cannot multiply an overload. Time is passed in (milliseconds of
 * any steady clock).
 */
export class RetryBudget {
  readonly #share: number;
  readonly #free: number;
  /** What each second has left over (negative: spent), by the second modulo the window. */
  readonly #seconds = new Float64Array(windowSeconds);
  #second = 0;
  #left = 0;

  constructor(share = 0.1, perSecond = 10) {
    this.#share = share;
    this.#free = perSecond * windowSeconds;
  }

  /** Counts requests, which earn a tenth of a retry each. */
  requests(count: number, nowMs: number): void {
    this.#add(count * this.#share, nowMs);
  }

  /** Takes `count` retries out of the budget; false, and nothing is taken, where it is spent. */
  take(count: number, nowMs: number): boolean {
    this.#roll(nowMs);
    if (this.#free + this.#left < count) return false;
    this.#add(-count, nowMs);
    return true;
  }

  /** Charges `count` retries that happen in any case; later ones have to do with what is left. */
  charge(count: number, nowMs: number): void {
    this.#add(-count, nowMs);
  }

  #add(amount: number, nowMs: number): void {
    this.#roll(nowMs);
    const at = this.#second % windowSeconds;
    this.#seconds[at] = (this.#seconds[at] ?? 0) + amount;
    this.#left += amount;
  }

  /** Forgets the seconds that have left the window. */
  #roll(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second <= this.#second) return;
    const from = Math.max(this.#second + 1, second - windowSeconds + 1);
    for (let each = from; each <= second; each += 1) this.#seconds[each % windowSeconds] = 0;
    this.#second = second;
    this.#left = this.#seconds.reduce((sum, one) => sum + one, 0);
  }
}
