import { STATUS_CODES } from 'node:http';

const forbidden = /[^\t\x20-\x7e\x80-\xff]/;

/** Writes the heads of answers. */
export class AnswerHeads {
  readonly #kept: string;
  #date = new Date().toUTCString();
  #startsKept = new Map<number, string>();
  #startsClosing = new Map<number, string>();

  /** `keepAliveMs`: how long an idle connection is kept. */
  constructor(keepAliveMs: number) {
    this.#kept = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveMs / 1000)}\r\n`;
  }

  /** To be called about once a second: answers have the date of the last call. */
  tick(): void {
    const date = new Date().toUTCString();
    if (date === this.#date) return;
    this.#date = date;
    this.#startsKept.clear();
    this.#startsClosing.clear();
  }

  /** Status line and all headers but the last ones, up to and with the value of `x-request-id`. */
  start(status: number, closes: boolean, requestId: string): string {
    const starts = closes ? this.#startsClosing : this.#startsKept;
    let start = starts.get(status);
    if (start === undefined) {
      const connection = closes ? 'connection: close\r\n' : this.#kept;
      start =
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n` +
        `Date: ${this.#date}\r\n${connection}x-request-id: `;
      starts.set(status, start);
    }
    return start + requestId;
  }
}

/** The lines of the headers, each with its line break in front, without `connection`. */
export function headerLines(headers: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const name in headers) {
    const value = headers[name] as string;
    if (forbidden.test(value)) throw new Error(`the header ${name} has a forbidden character`);
    if (name !== 'connection') lines += `\r\n${name}: ${value}`;
  }
  return lines;
}
