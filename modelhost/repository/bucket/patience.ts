/** Gives a request up where nothing of it moves for so long. */
export class Patience {
  readonly #stillMs: number;
  readonly #over = new AbortController();
  readonly #began = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(stillMs: number) {
    this.#stillMs = stillMs;
    this.#wait(stillMs);
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Something of it has gone on its way. */
  moved(): void {
    // What the system has taken and still has to send may go as slowly as what went before.
    this.#wait(this.#stillMs + performance.now() - this.#began);
  }

  /** It has ended. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#over.abort();
    }, ms).unref();
  }
}
