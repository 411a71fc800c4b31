import type { Field } from '../stream';
import { staticFields } from './static-table';

/** What each entry counts for besides its bytes: RFC 7541, 4.1. */
const entryOverhead = 32;

/** The size that RFC 7541, 4.1, and RFC 9113, 6.5.2 give a field. */
export function fieldSize({ name, value }: Field): number {
  return name.length + value.length + entryOverhead;
}

/** The static table and behind it what the caller has had remembered, the latest first. */
export class HeaderTable {
  /** What came last is last. Entries before `#first` have been dropped. */
  #entries: (Field | undefined)[] = [];
  #first = 0;
  #size = 0;
  #maxSize: number;
  readonly #mostSize: number;
  /** Changes whenever indexes may mean something else than before. */
  version = 0;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
    this.#mostSize = maxSize;
  }

  at(index: number): Field | undefined {
    const within = index - staticFields.length;
    if (within <= 0) return staticFields[index - 1];
    const place = this.#entries.length - within;
    return place < this.#first ? undefined : this.#entries[place];
  }

  add(field: Field): void {
    this.version += 1;
    const size = fieldSize(field);
    this.#shrink(this.#maxSize - size);
    if (size > this.#maxSize) return;
    this.#entries.push(field);
    this.#size += size;
  }

  /** False if that is more than this side has allowed. */
  resize(maxSize: number): boolean {
    if (maxSize > this.#mostSize) return false;
    this.version += 1;
    this.#maxSize = maxSize;
    this.#shrink(maxSize);
    return true;
  }

  #shrink(size: number): void {
    while (this.#size > size && this.#first < this.#entries.length) {
      this.#size -= fieldSize(this.#entries[this.#first] as Field);
      this.#entries[this.#first] = undefined;
      this.#first += 1;
    }
    if (this.#first < 64 || this.#first * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }
}
