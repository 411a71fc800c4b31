import type { ShoalError } from '../../core/errors';

/** Bytes that several files may have together. */
export class ByteBudget {
  readonly #fault: () => ShoalError;
  #left: number;

  constructor(maxBytes: number, fault: () => ShoalError) {
    this.#left = maxBytes;
    this.#fault = fault;
  }

  /** Throws where so many more would be too many. */
  require(bytes: number): void {
    if (bytes > this.#left) throw this.#fault();
  }

  spend(bytes: number): void {
    this.require(bytes);
    this.#left -= bytes;
  }
}
