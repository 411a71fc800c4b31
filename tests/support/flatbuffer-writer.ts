/** A field of a table: a number of 1, 4 or 8 bytes, a text, a table, or a list of texts or tables. */
export type Field =
  | { readonly byte: number }
  | { readonly int32: number }
  | { readonly int64: bigint }
  | string
  | Fields
  | readonly (string | Fields)[];

/** A table, by the numbers of its fields in the schema. */
export interface Fields {
  readonly [field: number]: Field;
}

/** A file of one table and what is in it, with a mark at byte 4; nothing is aligned. */
export function writeFlatbuffer(root: Fields, mark = 'ORTM'): Buffer {
  const out = new Writer();
  out.number(0, 4);
  for (const byte of Buffer.from(mark)) out.number(byte, 1);
  out.point(0, out.table(root));
  return Buffer.from(out.bytes);
}

class Writer {
  readonly bytes: number[] = [];

  number(value: number, bytes: number): void {
    for (let index = 0; index < bytes; index++) this.bytes.push((value >> (8 * index)) & 0xff);
  }

  point(from: number, to: number): void {
    const distance = to - from;
    for (let index = 0; index < 4; index++)
      this.bytes[from + index] = (distance >> (8 * index)) & 0xff;
  }

  /** Its position. What it points to lies behind it. */
  table(fields: Fields): number {
    const count = Math.max(-1, ...Object.keys(fields).map(Number)) + 1;
    const layout: number[] = [];
    let end = 4;
    for (let field = 0; field < count; field++) {
      layout.push(field in fields ? end : 0);
      if (field in fields) end += sizeOf(fields[field]!);
    }
    this.number(4 + 2 * count, 2);
    this.number(end, 2);
    for (const offset of layout) this.number(offset, 2);
    const at = this.bytes.length;
    this.number(4 + 2 * count, 4);
    for (const field of layout.keys()) if (field in fields) this.#inline(fields[field]!);
    for (const [field, offset] of layout.entries()) {
      if (field in fields) this.#behind(at + offset, fields[field]!);
    }
    return at;
  }

  #inline(field: Field): void {
    if (typeof field === 'object' && 'int64' in field) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(field.int64);
      this.bytes.push(...bytes);
    } else if (typeof field === 'object' && 'int32' in field) this.number(field.int32, 4);
    else if (typeof field === 'object' && 'byte' in field) this.number(field.byte, 1);
    else this.number(0, 4);
  }

  #behind(from: number, field: Field): void {
    if (typeof field === 'string') this.point(from, this.#text(field));
    else if (Array.isArray(field)) this.point(from, this.#list(field));
    else if (!isNumber(field)) this.point(from, this.table(field));
  }

  #text(text: string): number {
    const at = this.bytes.length;
    const bytes = Buffer.from(text);
    this.number(bytes.length, 4);
    for (const byte of bytes) this.bytes.push(byte);
    return at;
  }

  #list(elements: readonly (string | Fields)[]): number {
    const at = this.bytes.length;
    this.number(elements.length, 4);
    for (let index = 0; index < elements.length; index++) this.number(0, 4);
    for (const [index, element] of elements.entries()) this.#behind(at + 4 + 4 * index, element);
    return at;
  }
}

function isNumber(field: Field): boolean {
  return typeof field === 'object' && ('byte' in field || 'int32' in field || 'int64' in field);
}

function sizeOf(field: Field): number {
  if (typeof field !== 'object' || !isNumber(field)) return 4;
  if ('int64' in field) return 8;
  return 'byte' in field ? 1 : 4;
}
