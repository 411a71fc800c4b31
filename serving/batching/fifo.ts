/** What waits in a queue: rows that may share a run with others of the same key. */
export interface Waiting {
  readonly rows: number;
  readonly bytes: number;
  /** Only entries with equal keys fit together: the shape of a row, where that is free. */
  readonly key: string;
  /** Clock of performance.now(). */
  readonly enqueuedAt: number;
}

/** What a batch may still take in; `rows` and `bytes` go down as it does. */
export interface Room {
  readonly key: string;
  rows: number;
  bytes: number;
}

/** How far behind the first entry company is looked for, so that taking stays cheap. */
const lookAhead = 512;
/** So many empty places at the front are given back at once. */
const mostHoles = 1024;

/** First in, first out; what leaves makes a hole at the front, so that nothing is moved. */
export class Fifo<Entry extends Waiting> {
  #places: (Entry | undefined)[] = [];
  #first = 0;
  #rows = 0;
  #bytes = 0;

  get length(): number {
    return this.#places.length - this.#first;
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  peek(): Entry | undefined {
    return this.#places[this.#first];
  }

  push(entry: Entry): void {
    this.#places.push(entry);
    this.#rows += entry.rows;
    this.#bytes += entry.bytes;
  }

  /** The first, whatever its size. */
  shift(): Entry | undefined {
    const entry = this.peek();
    if (entry === undefined) return undefined;
    this.#places[this.#first] = undefined;
    this.#first += 1;
    this.#forget(entry);
    this.#trim();
    return entry;
  }

  /** The last, which has waited least. */
  pop(): Entry | undefined {
    if (this.length === 0) return undefined;
    const entry = this.#places.pop();
    if (entry !== undefined) this.#forget(entry);
    this.#trim();
    return entry;
  }

  /** Moves what fits from the front into `taken`; what does not fit keeps its order. */
  moveInto(taken: Entry[], room: Room): void {
    const places = this.#places;
    const end = Math.min(places.length, this.#first + lookAhead);
    let passed: Entry[] | undefined;
    let at = this.#first;
    for (; at < end && room.rows > 0; at += 1) {
      const entry = places[at] as Entry;
      places[at] = undefined;
      if (entry.key === room.key && entry.rows <= room.rows && entry.bytes <= room.bytes) {
        room.rows -= entry.rows;
        room.bytes -= entry.bytes;
        this.#forget(entry);
        taken.push(entry);
      } else {
        passed ??= [];
        passed.push(entry);
      }
    }
    this.#first = at;
    if (passed !== undefined) this.#putBack(passed);
    this.#trim();
  }

  /** Takes out all entries for which the predicate holds. */
  remove(predicate: (entry: Entry) => boolean): Entry[] {
    const gone: Entry[] = [];
    const kept: Entry[] = [];
    for (let at = this.#first; at < this.#places.length; at += 1) {
      const entry = this.#places[at] as Entry;
      (predicate(entry) ? gone : kept).push(entry);
    }
    if (gone.length === 0) return gone;
    for (const entry of gone) this.#forget(entry);
    this.#places = kept;
    this.#first = 0;
    return gone;
  }

  #putBack(passed: readonly Entry[]): void {
    this.#first -= passed.length;
    for (let at = 0; at < passed.length; at += 1) this.#places[this.#first + at] = passed[at];
  }

  #forget(entry: Entry): void {
    this.#rows -= entry.rows;
    this.#bytes -= entry.bytes;
  }

  #trim(): void {
    if (this.#first === this.#places.length) {
      this.#places.length = 0;
      this.#first = 0;
    } else if (this.#first >= mostHoles && this.#first * 2 > this.#places.length) {
      this.#places.splice(0, this.#first);
      this.#first = 0;
    }
  }
}
