import { errorCodes } from '../error-codes';
import { ConnectionFault } from '../fault';
import type { Field } from '../stream';
import { fieldSize, HeaderTable } from './header-table';
import { huffmanDecode } from './huffman';

export interface FieldLimits {
  readonly maxHeaderBytes: number;
  readonly maxHeaderCount: number;
}

/** What a block says, as far as there is room for it. */
export interface Fields {
  readonly fields: readonly Field[];
  readonly tooLarge: boolean;
}

/** The size that a table has until settings say otherwise: RFC 9113, 6.5.2. */
const tableBytes = 4096;

/** Larger numbers mean nothing here. */
const mostInteger = 2 ** 28;

/** Reads header blocks in the order in which they come: RFC 7541. */
export class BlockDecoder {
  readonly table = new HeaderTable(tableBytes);
  readonly #limits: FieldLimits;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;

  constructor(limits: FieldLimits) {
    this.#limits = limits;
  }

  /**
   * The fields of one whole block. Of those over the limits only the table learns. Throws a
   * ConnectionFault where the tables of both sides differ from then on.
   */
  decode(bytes: Buffer, start: number, end: number): Fields {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    const { maxHeaderBytes, maxHeaderCount } = this.#limits;
    const fields: Field[] = [];
    let size = 0;
    let resizable = true;
    while (this.#at < end) {
      const field = this.#next(resizable);
      if (field === undefined) continue;
      resizable = false;
      size += fieldSize(field);
      if (size <= maxHeaderBytes && fields.length <= maxHeaderCount) fields.push(field);
    }
    return { fields, tooLarge: size > maxHeaderBytes || fields.length > maxHeaderCount };
  }

  /** The next field; undefined if the table has been resized instead: RFC 7541, 6. */
  #next(resizable: boolean): Field | undefined {
    const first = this.#bytes[this.#at] as number;
    if (first >= 0x80) return this.#entry(this.#integer(0x7f));
    if (first >= 0x40) {
      const field = this.#literal(this.#integer(0x3f));
      this.table.add(field);
      return field;
    }
    if (first < 0x20) return this.#literal(this.#integer(0x0f));
    if (!resizable) throw broken('a change of the table size behind a header');
    if (!this.table.resize(this.#integer(0x1f))) throw broken('a table size over the limit');
    return undefined;
  }

  #entry(index: number): Field {
    const field = this.table.at(index);
    if (field === undefined) throw broken(`index ${index} of no entry`);
    return field;
  }

  #literal(index: number): Field {
    const name = index === 0 ? this.#string() : this.#entry(index).name;
    return { name, value: this.#string() };
  }

  #string(): string {
    const packed = this.#at < this.#end && (this.#bytes[this.#at] as number) >= 0x80;
    const length = this.#integer(0x7f);
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#end) throw broken('a string that breaks off');
    if (!packed) return this.#bytes.toString('latin1', start, this.#at);
    const text = huffmanDecode(this.#bytes, start, this.#at);
    if (text === undefined) throw broken('a string that is not in the Huffman code');
    return text;
  }

  /** RFC 7541, 5.1; `most` is the largest number that fits into the bits of the first byte. */
  #integer(most: number): number {
    if (this.#at >= this.#end) throw broken('a number that breaks off');
    let value = (this.#bytes[this.#at++] as number) & most;
    if (value < most) return value;
    for (let unit = 1; ; unit *= 128) {
      if (this.#at >= this.#end) throw broken('a number that breaks off');
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * unit;
      if (value > mostInteger || unit > mostInteger) throw broken('a number that is too large');
      if (byte < 0x80) return value;
    }
  }
}

function broken(what: string): ConnectionFault {
  return new ConnectionFault(errorCodes.compressionError, `A header block has ${what}.`);
}
