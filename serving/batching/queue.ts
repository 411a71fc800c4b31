import { Fifo, type Room, type Waiting } from './fifo';
import { levelCount } from './priority-level';

/** An entry with its urgency. */
export interface Queued extends Waiting {
  /** 0 is the most urgent; below `levelCount`. */
  readonly level: number;
  /** Nobody waits for its answer. */
  readonly copy?: boolean;
}

/** Bytes that wait in several queues together. */
export interface QueueTotal {
  bytes: number;
}

/** One batch in so many begins with whoever has waited longest, so that nobody waits for ever. */
const oldestFirstEvery = 8;

/**
 * What waits for one servable: for each level of urgency first in, first out; in front of all
 * those that have to run alone. Pure bookkeeping.
 */
export class BatchQueue<Entry extends Queued> {
  readonly #alone = new Fifo<Entry>();
  readonly #levels = Array.from({ length: levelCount }, () => new Fifo<Entry>());
  #rows = 0;
  #copyRows = 0;
  #bytes = 0;
  #length = 0;
  #takes = 0;
  readonly #total: QueueTotal;

  constructor(total: QueueTotal = { bytes: 0 }) {
    this.#total = total;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Those of `rows` whose answers nobody waits for. */
  get copyRows(): number {
    return this.#copyRows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  /** True where the next batch is an entry that runs alone. */
  get aloneNext(): boolean {
    return this.#alone.length > 0;
  }

  /** Where the next batch begins. */
  peek(): Entry | undefined {
    return this.#alone.peek() ?? this.#mostUrgent()?.peek();
  }

  push(entry: Entry): void {
    this.#levelOf(entry).push(entry);
    this.#count(entry, 1);
  }

  /** Puts an entry before all others, to run without company. */
  pushAlone(entry: Entry): void {
    this.#alone.push(entry);
    this.#count(entry, 1);
  }

  /** Rows that leave before a new entry of this level does. */
  rowsBefore(level: number): number {
    const { rows } = this.#levels[level] as Fifo<Entry>;
    // Most queues have entries of one level only.
    if (rows === this.#rows) return rows;
    let sum = this.#alone.rows;
    for (let at = 0; at <= level; at += 1) sum += (this.#levels[at] as Fifo<Entry>).rows;
    return sum;
  }

  /**
   * Takes the first entry and whatever behind it has its key and fits: at most `maxRows` rows and
   * `maxBytes` bytes in all, unless the first alone is larger. What does not fit keeps its order.
   */
  take(maxRows: number, maxBytes: number): Entry[] {
    const taken: Entry[] = [];
    const alone = this.#alone.shift();
    if (alone === undefined) this.#takeTogether(taken, maxRows, maxBytes);
    else taken.push(alone);
    for (const entry of taken) this.#count(entry, -1);
    return taken;
  }

  /** Takes out all entries for which the predicate holds. */
  remove(predicate: (entry: Entry) => boolean): Entry[] {
    const gone = [this.#alone, ...this.#levels].flatMap((fifo) =>
      fifo.length === 0 ? [] : fifo.remove(predicate),
    );
    for (const entry of gone) this.#count(entry, -1);
    return gone;
  }

  /**
   * Takes out what has to go so that so many rows and bytes become free: of the least urgent the
   * newest first, and only what is less urgent than `level`. Nothing where that does not suffice.
   */
  displace(level: number, rows: number, bytes: number): Entry[] {
    const below = this.#levels.slice(level + 1).reverse();
    const available = (of: 'rows' | 'bytes'): number =>
      below.reduce((all, one) => all + one[of], 0);
    const gone: Entry[] = [];
    if (available('rows') < rows || available('bytes') < bytes) return gone;
    const [rowsWanted, bytesWanted] = [this.#rows - rows, this.#bytes - bytes];
    for (const fifo of below) {
      while (fifo.length > 0 && (this.#rows > rowsWanted || this.#bytes > bytesWanted)) {
        const entry = fifo.pop() as Entry;
        this.#count(entry, -1);
        gone.push(entry);
      }
    }
    return gone;
  }

  #takeTogether(taken: Entry[], maxRows: number, maxBytes: number): void {
    const first = this.#firstLevel()?.shift();
    if (first === undefined) return;
    taken.push(first);
    const room: Room = {
      key: first.key,
      rows: maxRows - first.rows,
      bytes: maxBytes - first.bytes,
    };
    for (let at = 0; at < levelCount && room.rows > 0; at += 1) {
      const fifo = this.#levels[at] as Fifo<Entry>;
      if (fifo.length > 0) fifo.moveInto(taken, room);
    }
  }

  #firstLevel(): Fifo<Entry> | undefined {
    this.#takes = (this.#takes + 1) % oldestFirstEvery;
    const urgent = this.#mostUrgent();
    if (this.#takes > 0 || urgent?.length === this.#length) return urgent;
    return this.#longestWaiting();
  }

  #mostUrgent(): Fifo<Entry> | undefined {
    for (const fifo of this.#levels) if (fifo.length > 0) return fifo;
    return undefined;
  }

  #longestWaiting(): Fifo<Entry> | undefined {
    let oldest: Fifo<Entry> | undefined;
    for (const fifo of this.#levels) {
      const since = fifo.peek()?.enqueuedAt ?? Infinity;
      if (since < (oldest?.peek()?.enqueuedAt ?? Infinity)) oldest = fifo;
    }
    return oldest;
  }

  #levelOf({ level }: Entry): Fifo<Entry> {
    return this.#levels[level] as Fifo<Entry>;
  }

  #count({ rows, bytes, copy }: Entry, sign: 1 | -1): void {
    if (copy === true) this.#copyRows += sign * rows;
    this.#length += sign;
    this.#rows += sign * rows;
    this.#bytes += sign * bytes;
    this.#total.bytes += sign * bytes;
  }
}
