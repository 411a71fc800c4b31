/** What a stream has to send and could not yet. */
export class SendQueue {
  readonly #parts: Buffer[] = [];
  #first = 0;
  /** How much of the first one has been sent. */
  #at = 0;
  bytes = 0;
  /** Nothing follows but the trailers. */
  finishing = false;
  trailers: Buffer | undefined;
  /** When it last got on. */
  since: number;
  /** True while it stands in the line of those that can send. */
  inLine = false;

  constructor(now: number) {
    this.since = now;
  }

  add(part: Buffer): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.bytes += part.length;
  }

  /** Gives the next `size` bytes, of which there are so many, to `send`. */
  take(size: number, send: (bytes: Buffer) => void): void {
    this.bytes -= size;
    for (let left = size; left > 0;) {
      const part = this.#parts[this.#first] as Buffer;
      const end = Math.min(part.length, this.#at + left);
      send(end - this.#at === part.length ? part : part.subarray(this.#at, end));
      left -= end - this.#at;
      this.#at = end;
      if (end === part.length) this.#next();
    }
  }

  #next(): void {
    this.#at = 0;
    this.#first += 1;
    if (this.#first < 64 && this.#first < this.#parts.length) return;
    this.#parts.splice(0, this.#first);
    this.#first = 0;
  }
}
