import { isUtf8 } from 'node:buffer';
import { ShoalError } from '../../../core/errors';

/** How the value of a field is written; the lower three bits of its tag. */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const maxVarintBytes = 10;
const nothing: Buffer = Buffer.alloc(0);

/**
 * Reads the fields of one protobuf message where it lies. Everything that is not well formed throws
 * malformed_body; `what` names the message there.
 *
 * A loop over the fields is `while (reader.next())` with `reader.field` and `reader.wire` to decide by;
 * each turn reads or skips the field's value.
 */
export class WireReader {
  readonly bytes: Buffer;
  readonly end: number;
  readonly what: string;
  at: number;
  field = 0;
  wire = 0;

  constructor(bytes: Buffer, what: string, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.what = what;
    this.at = at;
    this.end = end;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.#varint32();
    this.field = tag >>> 3;
    this.wire = tag & 7;
    if (this.field === 0) throw this.fault('has a field with the number 0');
    return true;
  }

  /** Passes the value of a field that nobody here knows, or that is not of interest. */
  skip(): void {
    switch (this.wire) {
      case wireTypes.varint:
        this.#skipVarint();
        return;
      case wireTypes.fixed64:
        this.#pass(8);
        return;
      case wireTypes.fixed32:
        this.#pass(4);
        return;
      case wireTypes.bytes:
        this.#pass(this.#varint32());
        return;
      default:
        throw this.fault(`has field ${this.field} in a form that is not known (${this.wire})`);
    }
  }

  /** The bytes of a field, as a view. */
  view(): Buffer {
    const start = this.enter();
    return start === this.at ? nothing : this.bytes.subarray(start, this.at);
  }

  /** A field of text. */
  text(): string {
    const start = this.enter();
    const text = this.bytes.toString('latin1', start, this.at);
    if (isAscii(text)) return text;
    const bytes = this.bytes.subarray(start, this.at);
    if (isUtf8(bytes)) return bytes.toString('utf8');
    throw this.fault(`has text in field ${this.field} that is not UTF-8`);
  }

  /** The message in a field. */
  message(what: string): WireReader {
    const start = this.enter();
    return new WireReader(this.bytes, what, start, this.at);
  }

  bool(): boolean {
    this.#expect(wireTypes.varint);
    return this.varint() !== 0n;
  }

  double(): number {
    this.#expect(wireTypes.fixed64);
    const at = this.at;
    this.#pass(8);
    return this.bytes.readDoubleLE(at);
  }

  /** An integer of the field, as its 64 bits without a sign. */
  integer(): bigint {
    this.#expect(wireTypes.varint);
    return this.varint();
  }

  /** 64 bits without a sign, wherever they stand. */
  varint(): bigint {
    let low = 0;
    let high = 0;
    for (let at = 0; at < maxVarintBytes; at += 1) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (at < 4) low |= bits << (7 * at);
      else if (at === 4) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (7 * at - 32);
      if (byte < 0x80) return toBigInt(low, high);
    }
    throw this.fault('has a number of more than ten bytes');
  }

  fault(how: string): ShoalError {
    return new ShoalError('malformed_body', `${this.what} is not well formed: it ${how}`);
  }

  /** Passes the field's bytes and says where they began. */
  enter(): number {
    this.#expect(wireTypes.bytes);
    const length = this.#varint32();
    const start = this.at;
    this.#pass(length);
    return start;
  }

  #expect(wire: number): void {
    if (this.wire !== wire) throw this.fault(`has field ${this.field} in a wrong form`);
  }

  #pass(bytes: number): void {
    if (bytes > this.end - this.at) {
      throw this.fault(`ends ${bytes - (this.end - this.at)} bytes too early`);
    }
    this.at += bytes;
  }

  #byte(): number {
    if (this.at >= this.end) throw this.fault('ends within a number');
    return this.bytes[this.at++] as number;
  }

  #skipVarint(): void {
    for (let at = 0; at < maxVarintBytes; at += 1) {
      if (this.#byte() < 0x80) return;
    }
    throw this.fault('has a number of more than ten bytes');
  }

  /** A tag or a length. */
  #varint32(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 128; shift <= 2 ** 28; shift *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * shift;
      if (byte < 0x80 && value < 2 ** 32) return value;
    }
    throw this.fault('has a tag or length beyond 32 bits');
  }
}

function isAscii(latin1: string): boolean {
  for (let at = 0; at < latin1.length; at += 1) {
    if (latin1.charCodeAt(at) > 0x7f) return false;
  }
  return true;
}

function toBigInt(low: number, high: number): bigint {
  if (high === 0) return BigInt(low >>> 0);
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
