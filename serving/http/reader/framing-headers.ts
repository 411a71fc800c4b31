import { colon, cr, tab } from './characters';
import { isName, type Head } from './head';

/** Longest Content-Length, in digits, that numbers hold exactly. */
const mostDigits = 15;

/** The headers that matter here, each at the length of its name. */
const nameOfLength: readonly (string | undefined)[] = (() => {
  const names: (string | undefined)[] = Array.from({ length: 64 }, () => undefined);
  for (const name of [
    'host',
    'expect',
    'upgrade',
    'connection',
    'content-length',
    'proxy-connection',
    'transfer-encoding',
  ]) {
    names[name.length] = name;
  }
  return names;
})();

/** What the headers of a request say of where it ends, and of who has to read it. */
export class FramingHeaders {
  readonly head: Head;
  /** HTTP/1.0. */
  old = false;
  #lengths = 0;
  #codings = 0;
  #hosts = 0;
  #connections = 0;

  constructor(head: Head) {
    this.head = head;
  }

  /** Looks at the header whose marks begin at `mark`; false if no request may have it. */
  take(mark: number): boolean {
    const { bytes, marks } = this.head;
    const from = marks[mark] as number;
    const name = nameOfLength[(marks[mark + 1] as number) - from];
    return name === undefined || !isName(bytes, from, name) || this.#note(name, mark);
  }

  /** Called when all have been taken; false if they contradict one another. */
  settle(): boolean {
    const { head } = this;
    if (this.#codings > 0) {
      head.unusual = true;
      if (this.#lengths > 0) return false;
    }
    if (this.old) head.unusual = true;
    return this.old || this.#hosts === 1;
  }

  #note(name: string, mark: number): boolean {
    switch (name) {
      case 'host':
        this.#hosts += 1;
        return this.#hosts === 1;
      case 'content-length':
        return this.#length(mark);
      case 'connection':
        return this.#connection(mark);
      case 'transfer-encoding':
        this.#codings += 1;
        return true;
      default:
        this.head.unusual = true;
        return true;
    }
  }

  #connection(mark: number): true {
    const { head } = this;
    const { bytes, marks } = head;
    const from = marks[mark + 2] as number;
    const length = (marks[mark + 3] as number) - from;
    this.#connections += 1;
    if (length === 5 && isName(bytes, from, 'close')) head.closes = true;
    else if (length !== 10 || !isName(bytes, from, 'keep-alive')) head.unusual = true;
    if (this.#connections > 1) head.unusual = true;
    return true;
  }

  /** Digits alone, behind at most one blank: what is around them has been read in many ways. */
  #length(mark: number): boolean {
    const { bytes, marks } = this.head;
    const from = marks[mark + 2] as number;
    const to = marks[mark + 3] as number;
    const before = bytes[from - 1];
    const plain = bytes[to] === cr && (before === colon || bytes[from - 2] === colon);
    this.#lengths += 1;
    if (this.#lengths > 1 || !plain || before === tab) return false;
    const length = digitsOf(bytes, from, to);
    if (length < 0) return false;
    this.head.bodyLength = length;
    return true;
  }
}

/** The number that the bytes are; -1 if they are none, or one that numbers do not hold exactly. */
function digitsOf(bytes: Buffer, from: number, to: number): number {
  if (to === from || to - from > mostDigits) return -1;
  let number = 0;
  for (let at = from; at < to; at += 1) {
    const digit = (bytes[at] as number) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}
