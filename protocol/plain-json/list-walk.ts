import { closeList, comma, maxDepth, openList, type JsonCursor } from './json-cursor';
import { notPlain } from './not-plain';

const space = 0x20;
const minus = 0x2d;
const nine = 0x39;

/**
 * A walk over the leaves of a list of any nesting. `start` and `next` return the place of a leaf,
 * or -1 with the cursor behind the list. It hands places over instead of moving the cursor because
 * that takes a third of the time.
 */
export class ListWalk {
  readonly #cursor: JsonCursor;
  #depth = 1;

  constructor(cursor: JsonCursor) {
    this.#cursor = cursor;
  }

  /** At the list, which begins at the cursor. */
  start(): number {
    this.#cursor.take(openList);
    return this.#move(true);
  }

  /** Behind a leaf, which has ended at `at`. */
  next(at: number): number {
    const { bytes } = this.#cursor;
    if (bytes[at] === comma) {
      const leaf = bytes[at + 1] === space ? at + 2 : at + 1;
      const code = bytes[leaf] ?? 0;
      if (code >= minus && code <= nine) return leaf;
    }
    this.#cursor.at = at;
    return this.#move(false);
  }

  #move(opened: boolean): number {
    const cursor = this.#cursor;
    for (;;) {
      let code = cursor.peek();
      if (code === closeList) {
        cursor.at++;
        if (--this.#depth === 0) return -1;
        opened = false;
        continue;
      }
      if (!opened) code = this.#behindComma(code);
      if (code !== openList) return cursor.at;
      cursor.at++;
      if (++this.#depth > maxDepth) throw notPlain;
      opened = true;
    }
  }

  #behindComma(code: number): number {
    if (code !== comma) throw notPlain;
    this.#cursor.at++;
    const next = this.#cursor.peek();
    if (next === closeList) throw notPlain;
    return next;
  }
}
