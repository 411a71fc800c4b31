import { errorCodes } from './error-codes';
import { ConnectionFault } from './fault';
import { BlockDecoder, type FieldLimits, type Fields } from './hpack/block-decoder';
import { readLargeHead, readRequestHead, type RequestHead } from './request-head';

/** A block and the head that it means, while the table has not changed. */
interface Known {
  readonly block: Buffer;
  readonly version: number;
  readonly head: RequestHead;
}

/** Callers usually make few different calls over and over, and longer blocks are not all index. */
const mostKnown = 4;
const mostKnownBytes = 256;

/** The header blocks of one connection. All of them have to be read, whatever becomes of them. */
export class HeadBlocks {
  readonly #decoder: BlockDecoder;
  readonly #known: Known[] = [];
  #oldest = 0;

  constructor(limits: FieldLimits) {
    this.#decoder = new BlockDecoder(limits);
  }

  /** The head of a request; otherwise which rule it breaks. */
  head(bytes: Buffer, start: number, end: number): RequestHead | string {
    const { table } = this.#decoder;
    const { version } = table;
    const known = end - start <= mostKnownBytes;
    if (known) {
      for (const one of this.#known) {
        if (one.version === version && sameBytes(one.block, bytes, start, end)) return one.head;
      }
    }
    const { fields, tooLarge } = this.#decoder.decode(bytes, start, end);
    if (tooLarge) return readLargeHead(fields);
    const head = readRequestHead(fields);
    if (known && typeof head !== 'string' && table.version === version) {
      const block = Buffer.from(bytes.subarray(start, end));
      this.#known[this.#oldest] = { block, version, head };
      this.#oldest = (this.#oldest + 1) % mostKnown;
    }
    return head;
  }

  fields(bytes: Buffer, start: number, end: number): Fields {
    return this.#decoder.decode(bytes, start, end);
  }
}

function sameBytes(block: Buffer, bytes: Buffer, start: number, end: number): boolean {
  const { length } = block;
  if (length !== end - start) return false;
  for (let at = 0; at < length; at += 1) {
    if (block[at] !== bytes[start + at]) return false;
  }
  return true;
}

/** So many times the limit of headers, which count unpacked, a block may have: it is refused by itself. */
const packedTimes = 4;

/** The parts of a header block that came in several frames: RFC 9113, 6.10. */
export class BlockParts {
  readonly #maxBytes: number;
  readonly #maxParts: number;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(limits: { readonly maxHeaderBytes: number; readonly maxContinuations: number }) {
    this.#maxBytes = packedTimes * limits.maxHeaderBytes;
    this.#maxParts = limits.maxContinuations + 1;
  }

  add(bytes: Buffer, start: number, end: number): void {
    this.#parts.push(Buffer.from(bytes.subarray(start, end)));
    this.#size += end - start;
    if (this.#size <= this.#maxBytes && this.#parts.length <= this.#maxParts) return;
    throw new ConnectionFault(
      errorCodes.enhanceYourCalm,
      `A header block came in more than ${this.#maxBytes} bytes or ${this.#maxParts} frames.`,
    );
  }

  take(): Buffer {
    const whole = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    return whole;
  }
}
