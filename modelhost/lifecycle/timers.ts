/** Work that is to be done later, unless it is ended before. */
export class Timers {
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  later(ms: number, work: () => void): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
