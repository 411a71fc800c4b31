import { closeList, comma, maxDepth, openList, type JsonCursor } from './json-cursor';
import { notPlain } from './not-plain';

const quote = 0x22;

/**
 * Lengths of the list at the cursor, nested evenly; the cursor stays. Of what is no bracket and no
 * comma nothing is looked at: whoever reads so many elements (`readTensorData`) sees whether they
 * are there. Throws `notPlain` for uneven lists, strings and what does not end.
 */
export function listShape(cursor: JsonCursor): number[] {
  if (cursor.peek() !== openList) throw notPlain;
  const { bytes } = cursor;
  const scan = new Scan();
  for (let at = cursor.at; at < bytes.length; at++) {
    const code = bytes[at] ?? 0;
    if (code === comma) scan.itemEnds(comma);
    else if (code < comma ? code === quote : isBracket(code) && scan.takes(code)) break;
  }
  if (!scan.complete) throw notPlain;
  return scan.shape;
}

function isBracket(code: number): boolean {
  return code === openList || code === closeList;
}

class Scan {
  /** Lengths by depth, 0 where no list of that depth has ended. */
  readonly shape: number[] = [];
  /** Items that have ended in the list that is open at each depth. */
  readonly #items: number[] = [];
  #depth = 0;
  /** Depth of the leaves; 0 as long as none has been seen. */
  #rank = 0;
  /** The bracket or comma before. */
  #before = 0;

  /** True once the outermost list has ended. */
  get complete(): boolean {
    return this.#depth === 0 && this.#before === closeList;
  }

  /** Takes a bracket; true where that ends the outermost list. */
  takes(bracket: number): boolean {
    if (bracket === openList) this.#open();
    else this.#close();
    return this.#depth === 0;
  }

  #open(): void {
    const depth = this.#depth++;
    if (depth === maxDepth || (depth === this.#rank && depth > 0)) throw notPlain;
    if (depth === this.shape.length) this.shape.push(0);
    this.#items[depth] = 0;
    this.#before = openList;
  }

  /** An item of the innermost list ends at a comma or a closing bracket. */
  itemEnds(code: number): void {
    if (this.#before !== closeList) {
      if (this.#rank === 0) this.#rank = this.#depth;
      else if (this.#rank !== this.#depth) throw notPlain;
    }
    const at = this.#depth - 1;
    this.#items[at] = (this.#items[at] ?? 0) + 1;
    this.#before = code;
  }

  #close(): void {
    this.itemEnds(closeList);
    const depth = --this.#depth;
    const items = this.#items[depth] ?? 0;
    const before = this.shape[depth] ?? 0;
    if (before !== 0 && before !== items) throw notPlain;
    this.shape[depth] = items;
  }
}
