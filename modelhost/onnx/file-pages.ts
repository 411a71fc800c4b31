import { readSync } from 'node:fs';
import { rejected } from './rejected';

const pageBytes = 4 * 1024;
/** So many are held: what is read to and fro is read from the disk once. */
const maxPages = 512;

/** Bytes of an open file by position, in any order, through bounded memory. */
export class FilePages {
  readonly size: number;
  readonly #file: number;
  readonly #pages = new Map<number, Buffer>();
  #last: Buffer = Buffer.alloc(0);
  #lastAt = 0;

  constructor(file: number, size: number) {
    this.#file = file;
    this.size = size;
  }

  byte(at: number): number {
    const offset = at - this.#lastAt;
    if (offset >= 0 && offset < this.#last.length) return this.#last[offset] ?? 0;
    if (!(at >= 0 && at < this.size)) throw endsEarly(at);
    this.#turnTo(Math.floor(at / pageBytes));
    return this.#last[at - this.#lastAt] ?? 0;
  }

  /** A copy of the bytes in [start, end). */
  bytes(start: number, end: number): Buffer {
    if (end > this.size) throw endsEarly(this.size);
    if (end - start > pageBytes) return this.#read(start, end - start);
    const copy = Buffer.alloc(end - start);
    for (let at = start; at < end; at++) copy[at - start] = this.byte(at);
    return copy;
  }

  #turnTo(page: number): void {
    const held = this.#pages.get(page);
    this.#pages.delete(page);
    const [oldest] = this.#pages.keys();
    if (oldest !== undefined && this.#pages.size >= maxPages) this.#pages.delete(oldest);
    const at = page * pageBytes;
    this.#last = held ?? this.#read(at, Math.min(pageBytes, this.size - at));
    this.#lastAt = at;
    this.#pages.set(page, this.#last);
  }

  #read(start: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length;) {
      const count = readSync(this.#file, bytes, done, length - done, start + done);
      if (count === 0) throw endsEarly(start + done);
      done += count;
    }
    return bytes;
  }
}

function endsEarly(at: number): Error {
  return rejected(`The file is not a whole model: it ends before byte ${at}.`);
}
