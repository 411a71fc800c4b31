const most = 128;

/** The streams of a connection that have ended last, and whether we have reset them. */
export class RecentStreams {
  /** Ids; negative where we have reset the stream. */
  readonly #ids = new Int32Array(most);
  #next = 0;

  add(id: number, resetByUs: boolean): void {
    this.#ids[this.#next] = resetByUs ? -id : id;
    this.#next = (this.#next + 1) % most;
  }

  /** Whether it was one of them. */
  has(id: number): boolean {
    return this.#ids.includes(id) || this.#ids.includes(-id);
  }

  /** True where its caller may not know yet that it is over. */
  wasReset(id: number): boolean {
    return this.#ids.includes(-id);
  }
}
