/** So much of something at once, and then so much a second; what is of use earns some of it back. */
export class Budget {
  readonly #most: number;
  readonly #perSecond: number;
  #left: number;

  constructor(most: number, perSecond: number) {
    this.#most = most;
    this.#perSecond = perSecond;
    this.#left = most;
  }

  /** False once there is none left. */
  spend(amount: number): boolean {
    this.#left -= amount;
    return this.#left >= 0;
  }

  earn(amount: number): void {
    this.#left = Math.min(this.#most, this.#left + amount);
  }

  pass(ms: number): void {
    this.earn((ms / 1000) * this.#perSecond);
  }
}
