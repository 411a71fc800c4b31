/** What waits in a queue: rows that may share a run with others of the same key. */
export interface Waiting {
  readonly rows: number;
  readonly bytes: number;
  /** Only entries with equal keys fit together: the shape of a row, where that is free. */
  readonly key: string;
  /** Must run without company, because its last batch failed. */
  readonly alone: boolean;
}

/** How far behind the first entry company is looked for, so that taking stays cheap. */
const lookAhead = 512;

/** First in, first out; a batch is taken from the front. Pure bookkeeping. */
export class BatchQueue<Entry extends Waiting> {
  #entries: Entry[] = [];
  #rows = 0;
  #bytes = 0;

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#entries.length;
  }

  peek(): Entry | undefined {
    return this.#entries[0];
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
    this.#rows += entry.rows;
    this.#bytes += entry.bytes;
  }

  /** Puts an entry before all others, for a second try. */
  unshift(entry: Entry): void {
    this.#entries.unshift(entry);
    this.#rows += entry.rows;
    this.#bytes += entry.bytes;
  }

  /**
   * Takes the first entry and whatever behind it has its key and fits: at most `maxRows` rows and
   * `maxBytes` bytes in all, unless the first alone is larger. What does not fit keeps its order.
   */
  take(maxRows: number, maxBytes: number): Entry[] {
    const { taken, left } = pick(this.#entries, maxRows, maxBytes);
    this.#entries = left;
    this.#forget(taken);
    return taken;
  }

  /** Takes out all entries for which the predicate holds. */
  remove(predicate: (entry: Entry) => boolean): Entry[] {
    const gone = this.#entries.filter(predicate);
    if (gone.length === 0) return gone;
    const leaving = new Set(gone);
    this.#entries = this.#entries.filter((entry) => !leaving.has(entry));
    this.#forget(gone);
    return gone;
  }

  #forget(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#rows -= entry.rows;
      this.#bytes -= entry.bytes;
    }
  }
}

function pick<Entry extends Waiting>(
  entries: Entry[],
  maxRows: number,
  maxBytes: number,
): { taken: Entry[]; left: Entry[] } {
  const [first] = entries;
  if (first === undefined) return { taken: [], left: entries };
  const taken = [first];
  if (first.alone) return { taken, left: entries.slice(1) };
  const passed: Entry[] = [];
  let { rows, bytes } = first;
  let index = 1;
  const end = Math.min(entries.length, lookAhead);
  for (; index < end && rows < maxRows; index += 1) {
    const entry = entries[index] as Entry;
    if (fits(entry, first.key, maxRows - rows, maxBytes - bytes)) {
      taken.push(entry);
      rows += entry.rows;
      bytes += entry.bytes;
    } else {
      passed.push(entry);
    }
  }
  const rest = index === entries.length ? [] : entries.slice(index);
  return { taken, left: passed.length === 0 ? rest : passed.concat(rest) };
}

function fits(entry: Waiting, key: string, rowsLeft: number, bytesLeft: number): boolean {
  return !entry.alone && entry.key === key && entry.rows <= rowsLeft && entry.bytes <= bytesLeft;
}
