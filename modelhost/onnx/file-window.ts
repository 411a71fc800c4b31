import { readSync } from 'node:fs';
import { rejected } from './rejected';

const smallestRead = 4 * 1024;
const largestRead = 64 * 1024;

/**
 * Bytes of an open file by position, through one small buffer: what is skipped is never read.
 * Reads grow while they follow one another and shrink again after a jump.
 */
export class FileWindow {
  readonly size: number;
  readonly #file: number;
  readonly #buffer = Buffer.allocUnsafe(largestRead);
  #start = 0;
  #end = 0;
  #next = smallestRead;

  constructor(file: number, size: number) {
    this.#file = file;
    this.size = size;
  }

  byte(at: number): number {
    if (at < this.#start || at >= this.#end) this.#fill(at);
    return this.#buffer[at - this.#start] ?? 0;
  }

  /** A copy of the bytes in [start, end). */
  bytes(start: number, end: number): Buffer {
    const copy = Buffer.alloc(end - start);
    if (start >= this.#start && end <= this.#end) {
      this.#buffer.copy(copy, 0, start - this.#start, end - this.#start);
      return copy;
    }
    for (let done = 0; done < copy.length;) {
      const count = readSync(this.#file, copy, done, copy.length - done, start + done);
      if (count === 0) throw endsEarly(start + done);
      done += count;
    }
    return copy;
  }

  #fill(at: number): void {
    this.#next = at === this.#end ? Math.min(this.#next * 2, largestRead) : smallestRead;
    const count = readSync(this.#file, this.#buffer, 0, this.#next, at);
    if (count === 0) throw endsEarly(at);
    this.#start = at;
    this.#end = at + count;
  }
}

function endsEarly(at: number): Error {
  return rejected(`The file is not a whole ONNX model: it ends at byte ${at}.`);
}
