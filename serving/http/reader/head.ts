/** The request line and the headers of one request, as they came. */
export class Head {
  method = '';
  target = '';
  /** Length of the body; 0 for none. */
  bodyLength = 0;
  /** The caller wants the connection closed after the answer. */
  closes = false;
  /** Legal, but for `node:http`: chunked, upgrades, HTTP/1.0, unusual targets, ... */
  unusual = false;
  /** Where it begins in `bytes`, and where the body begins. */
  start: number;
  end = 0;
  /** Four numbers for each header: where its name and its value begin and end in `bytes`. */
  readonly marks: number[] = [];
  bytes: Buffer;

  constructor(bytes: Buffer, start: number) {
    this.bytes = bytes;
    this.start = start;
  }

  get size(): number {
    return this.end - this.start;
  }

  /** The value of a header, lower-case name; several of a name are joined by ', '. */
  header(name: string): string | undefined {
    const { bytes, marks } = this;
    let found: string | undefined;
    for (let at = 0; at < marks.length; at += 4) {
      const from = marks[at] as number;
      if ((marks[at + 1] as number) - from !== name.length || !isName(bytes, from, name)) continue;
      const value = bytes.toString('latin1', marks[at + 2], marks[at + 3]);
      found = found === undefined ? value : `${found}, ${value}`;
    }
    return found;
  }

  /** Takes the bytes over that were only lent for reading. */
  own(): void {
    const { bytes, marks, start } = this;
    this.bytes = Buffer.from(bytes.subarray(start, this.end));
    for (let at = 0; at < marks.length; at += 1) marks[at] = (marks[at] as number) - start;
    this.end -= start;
    this.start = 0;
  }

  /** Whether exactly the same bytes follow in `bytes`, so that it need not be read again. */
  repeats(bytes: Buffer, at: number): boolean {
    const to = at + this.size;
    return to <= bytes.length && bytes.compare(this.bytes, this.start, this.end, at, to) === 0;
  }
}

/** Whether the bytes from `at` are the lower-case name in any case. */
export function isName(bytes: Buffer, at: number, name: string): boolean {
  for (let n = 0; n < name.length; n += 1) {
    const byte = bytes[at + n] as number;
    const wanted = name.charCodeAt(n);
    if (byte !== wanted && (byte | 0x20) !== wanted) return false;
  }
  return true;
}
