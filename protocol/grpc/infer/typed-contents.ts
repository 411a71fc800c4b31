import { ShoalError } from '../../../core/errors';
import { bytesPerElement, type Datatype } from '../../datatype';
import { bigRanges, smallRanges } from '../../tensor-json/integer-ranges';
import { WireReader, wireTypes } from '../wire/wire-reader';

/** The list of InferTensorContents in which the elements of a datatype stand; FP16 has none. */
const lists: Readonly<Partial<Record<Datatype, number>>> = {
  BOOL: 1,
  INT8: 2,
  INT16: 2,
  INT32: 2,
  INT64: 3,
  UINT8: 4,
  UINT16: 4,
  UINT32: 4,
  UINT64: 5,
  FP32: 6,
  FP64: 7,
  BYTES: 8,
};

const listNames: readonly string[] = [
  '',
  'bool_contents',
  'int_contents',
  'int64_contents',
  'uint_contents',
  'uint64_contents',
  'fp32_contents',
  'fp64_contents',
  'bytes_contents',
];

export interface TypedTensor {
  readonly name: string;
  readonly datatype: Datatype;
  /** Elements by its shape. */
  readonly count: number;
}

/**
 * The bytes of a tensor whose elements stand in InferTensorContents, which may come in parts.
 * Throws invalid_request where it is not exactly the elements of the shape, in the list of the datatype.
 */
export function typedData(tensor: TypedTensor, contents: readonly WireReader[]): Uint8Array {
  const list = lists[tensor.datatype];
  if (list === undefined) {
    throw invalid(
      `input '${tensor.name}': ${tensor.datatype} has no list in 'contents'; send it in ` +
        `raw_input_contents`,
    );
  }
  const parts = new Parts(tensor, contents, list);
  if (tensor.datatype === 'BYTES') return stringData(tensor, parts);
  const fixed = tensor.datatype === 'FP32' || tensor.datatype === 'FP64';
  return fixed ? fixedData(tensor, parts) : integerData(tensor, parts);
}

/** Where elements stand: packed, or one by one; those of BYTES always one by one. */
class Parts {
  /** How many there are, and how many bytes are in them. */
  count = 0;
  size = 0;
  readonly #tensor: TypedTensor;
  readonly #contents: readonly WireReader[];
  readonly #list: number;

  constructor(tensor: TypedTensor, contents: readonly WireReader[], list: number) {
    this.#tensor = tensor;
    this.#contents = contents;
    this.#list = list;
    this.each((_, start, end) => {
      this.count += 1;
      this.size += end - start;
    });
  }

  /** Tells where each lies. There may be millions, of a byte each: they are not kept. */
  each(take: (bytes: Buffer, start: number, end: number) => void): void {
    for (const contents of this.#contents) {
      const { at } = contents;
      while (contents.next()) {
        if (contents.field === this.#list) {
          const start = startOf(contents, wireOf(this.#tensor.datatype));
          take(contents.bytes, start, contents.at);
        } else if (contents.field <= 8) {
          throw wrongList(this.#tensor, contents.field, this.#list);
        } else contents.skip();
      }
      contents.at = at;
    }
  }
}

function wireOf(datatype: Datatype): number {
  if (datatype === 'BYTES') return wireTypes.bytes;
  if (datatype === 'FP32') return wireTypes.fixed32;
  return datatype === 'FP64' ? wireTypes.fixed64 : wireTypes.varint;
}

/** Passes a part and says where it began. */
function startOf(contents: WireReader, wire: number): number {
  if (contents.wire === wireTypes.bytes) return contents.enter();
  if (contents.wire !== wire) throw contents.fault('has elements in a wrong form');
  const start = contents.at;
  contents.skip();
  return start;
}

function fixedData(tensor: TypedTensor, parts: Parts): Uint8Array {
  const each = bytesPerElement(tensor.datatype);
  if (parts.size !== tensor.count * each) throw wrongCount(tensor, Math.floor(parts.size / each));
  return parts.count === 1 ? onlyPart(parts) : joined(parts);
}

function onlyPart(parts: Parts): Uint8Array {
  let only: Buffer | undefined;
  parts.each((bytes, start, end) => {
    only = bytes.subarray(start, end);
  });
  return only ?? joined(parts);
}

function joined(parts: Parts): Uint8Array {
  const data = Buffer.allocUnsafeSlow(parts.size);
  let at = 0;
  parts.each((bytes, start, end) => {
    at += bytes.copy(data, at, start, end);
  });
  return data;
}

function integerData(tensor: TypedTensor, parts: Parts): Uint8Array {
  const { name, datatype, count } = tensor;
  // Of a number there is at least a byte: a shape does not have memory made that no data is for.
  if (parts.size < count) throw wrongCount(tensor, 'fewer');
  const data = Buffer.allocUnsafeSlow(count * bytesPerElement(datatype));
  const put = putters[datatype as keyof typeof putters];
  const what = `input '${name}'`;
  let at = 0;
  parts.each((bytes, start, end) => {
    const reader = new WireReader(bytes, what, start, end);
    while (reader.at < end) {
      if (at === count) throw wrongCount(tensor, 'more');
      if (!put(data, at, reader.varint())) throw outOfRange(tensor, at);
      at += 1;
    }
  });
  if (at !== count) throw wrongCount(tensor, at);
  return data;
}

/** Writes an element; false where the datatype cannot hold it. */
type Put = (data: Buffer, at: number, value: bigint) => boolean;

function small(datatype: keyof typeof smallRanges): Put {
  const { least, most } = smallRanges[datatype];
  const bytes = bytesPerElement(datatype);
  const signed = least < 0;
  return (data, at, value) => {
    const number = Number(signed ? BigInt.asIntN(64, value) : value);
    if (number < least || number > most) return false;
    if (signed) data.writeIntLE(number, at * bytes, bytes);
    else data.writeUIntLE(number, at * bytes, bytes);
    return true;
  };
}

const putters = {
  BOOL: (data: Buffer, at: number, value: bigint) => {
    data[at] = value === 0n ? 0 : 1;
    return true;
  },
  INT8: small('INT8'),
  INT16: small('INT16'),
  INT32: small('INT32'),
  UINT8: small('UINT8'),
  UINT16: small('UINT16'),
  UINT32: small('UINT32'),
  INT64: (data: Buffer, at: number, value: bigint) => {
    data.writeBigUInt64LE(value, at * 8);
    return true;
  },
  UINT64: (data: Buffer, at: number, value: bigint) => {
    data.writeBigUInt64LE(value, at * 8);
    return value <= bigRanges.UINT64.most;
  },
} satisfies Partial<Record<Datatype, Put>>;

function stringData(tensor: TypedTensor, parts: Parts): Uint8Array {
  if (parts.count !== tensor.count) throw wrongCount(tensor, parts.count);
  const data = Buffer.allocUnsafeSlow(4 * parts.count + parts.size);
  let at = 0;
  parts.each((bytes, start, end) => {
    data.writeUInt32LE(end - start, at);
    at += 4 + bytes.copy(data, at + 4, start, end);
  });
  return data;
}

function wrongList({ name, datatype }: TypedTensor, field: number, list: number): ShoalError {
  return invalid(
    `input '${name}' is ${datatype}, whose elements stand in ${listNames[list] ?? ''}, but came in ` +
      (listNames[field] ?? ''),
  );
}

function wrongCount({ name, count }: TypedTensor, came: number | string): ShoalError {
  return invalid(`input '${name}' has a shape of ${count} elements, but came with ${came}`);
}

function outOfRange({ name, datatype }: TypedTensor, at: number): ShoalError {
  return invalid(`element ${at} of input '${name}' is beyond what ${datatype} holds`);
}

function invalid(message: string): ShoalError {
  return new ShoalError('invalid_request', message);
}
