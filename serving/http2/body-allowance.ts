/** The bytes that bodies may take at the same time: of one connection, within those of all. */
export class BodyAllowance {
  readonly #most: number;
  readonly #within: BodyAllowance | undefined;
  #held = 0;

  constructor(mostBytes: number, within?: BodyAllowance) {
    this.#most = mostBytes;
    this.#within = within;
  }

  /** False, and nothing is taken, where there is not so much left. */
  hold(bytes: number): boolean {
    if (this.#held + bytes > this.#most) return false;
    if (this.#within?.hold(bytes) === false) return false;
    this.#held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#held -= bytes;
    this.#within?.release(bytes);
  }
}
