import { asciiText } from './ascii';
import { notPlain } from './not-plain';
import { createWords } from './words';

const quote = 0x22;
export const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
export const openList = 0x5b;
export const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;
const space = 0x20;
const firstBeyond = 0x7f;
/** Beyond this many levels of nesting the general reader decides. */
export const maxDepth = 16;

const words = createWords();

/**
 * A place in JSON bytes that are expected in their usual form: ASCII, no escapes, nothing nested
 * deep. Every method moves behind what it reads, and throws `notPlain` where it is something else.
 */
export class JsonCursor {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The next byte that is no white space, or 0 at the end. */
  peek(): number {
    const { bytes } = this;
    let { at } = this;
    let code = bytes[at] ?? 0;
    while (code <= space && isSpace(code)) code = bytes[++at] ?? 0;
    this.at = at;
    return code;
  }

  take(code: number): void {
    if (this.peek() !== code) throw notPlain;
    this.at++;
  }

  /** Exactly these characters. */
  pass(wanted: string): void {
    for (let at = 0; at < wanted.length; at++) {
      if (this.bytes[this.at++] !== wanted.charCodeAt(at)) throw notPlain;
    }
  }

  /** Into an object or list; false, and behind it, where it is empty. */
  enter(open: number, close: number): boolean {
    this.take(open);
    if (this.peek() !== close) return true;
    this.at++;
    return false;
  }

  /** Behind an item: true if another one follows, false, and behind the end, where none does. */
  more(close: number): boolean {
    const code = this.peek();
    if (code !== comma && code !== close) throw notPlain;
    this.at++;
    return code === comma;
  }

  enterObject(): boolean {
    return this.enter(openObject, closeObject);
  }

  moreMembers(): boolean {
    return this.more(closeObject);
  }

  enterList(): boolean {
    return this.enter(openList, closeList);
  }

  moreItems(): boolean {
    return this.more(closeList);
  }

  key(): string {
    const key = this.word();
    this.take(colon);
    return key;
  }

  /** The content of a string that is likely to come again. */
  word(): string {
    this.take(quote);
    const from = this.at;
    const hash = this.#passContent();
    return words(this.bytes, from, this.at - 1, hash);
  }

  /** The content of a string. */
  string(): string {
    this.take(quote);
    const from = this.at;
    this.#passContent();
    return asciiText(this.bytes, from, this.at - 1);
  }

  /** Behind a string, having read its first quote; returns a hash of its content. */
  #passContent(): number {
    const { bytes } = this;
    let { at } = this;
    let hash = 0;
    for (let code = bytes[at] ?? 0; code !== quote; code = bytes[++at] ?? 0) {
      if (code < space || code === backslash || code >= firstBeyond) throw notPlain;
      hash = (hash * 31 + code) | 0;
    }
    this.at = at + 1;
    return hash;
  }

  /** Behind an object or a list; what is inside remains to be read. */
  passNested(): void {
    let depth = 0;
    do {
      depth += this.#passPiece();
      if (depth > maxDepth) throw notPlain;
    } while (depth > 0);
  }

  /** Behind a string or another byte; 1 where that opens something, -1 where it closes it. */
  #passPiece(): number {
    const code = this.peek();
    if (code <= space || code >= firstBeyond) throw notPlain;
    this.at++;
    if (code === quote) this.#passContent();
    if (code === openList || code === openObject) return 1;
    return code === closeList || code === closeObject ? -1 : 0;
  }

  /** Nothing but white space may be left. */
  end(): void {
    this.peek();
    if (this.at < this.bytes.length) throw notPlain;
  }
}

function isSpace(code: number): boolean {
  return code === space || code === 0x0a || code === 0x0d || code === 0x09;
}
