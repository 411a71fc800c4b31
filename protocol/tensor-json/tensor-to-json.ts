import { isUtf8 } from 'node:buffer';
import { ShoalError } from '../../core/errors';
import { bytesElements } from '../bytes-elements';
import type { Datatype } from '../datatype';
import { elementCount, type Tensor } from '../tensor';
import { float32ListText } from './float32-text';
import { halfValue } from './half';

export interface JsonForm {
  /** What becomes of NaN and infinities: bare words, which is no JSON, or a refusal. */
  readonly nonFinite: 'words' | 'refuse';
  /** Arrays inside arrays after the shape (a scalar bare), or one flat array. */
  readonly nested: boolean;
}

/**
 * The elements as JSON text: FP32 with the digits that tell a float32 from all others, other floats
 * as JSON.stringify prints the double, a negative zero as `-0.0`, 64-bit integers as plain
 * integers, FP16 converted, nested tensors without elements as `[]`.
 * Throws unrepresentable_output where a string is not UTF-8 or a float is refused.
 */
export function valuesToJson(tensor: Tensor, form: JsonForm): string {
  if (tensor.datatype === 'FP32') return float32Json(tensor, form);
  const elements = readers[tensor.datatype](tensor);
  if (elements.kind === 'values') return JSON.stringify(shaped(tensor, elements.values, form));
  if (elements.nonFinite >= 0 && form.nonFinite === 'refuse') {
    throw nonFinite(tensor, elements.nonFinite);
  }
  if (!form.nested) return `[${elements.texts.join(',')}]`;
  return nestedText(shaped(tensor, elements.texts, form));
}

function float32Json(tensor: Tensor, form: JsonForm): string {
  const values = float32Array(tensor.data);
  if (form.nonFinite === 'refuse') {
    const at = values.findIndex((value) => value - value !== 0);
    if (at >= 0) throw nonFinite(tensor, at);
  }
  const text = float32ListText(values);
  if (!form.nested || tensor.shape.length === 1) return text;
  return nestedText(shaped(tensor, text.slice(1, -1).split(','), form));
}

/** Elements that JSON.stringify prints right, or their texts where it does not. */
type Elements =
  | { readonly kind: 'values'; readonly values: readonly unknown[] }
  | {
      readonly kind: 'texts';
      readonly texts: readonly string[];
      /** Index of the first float that is not finite, or -1. */
      readonly nonFinite: number;
    };

type Reader = (tensor: Tensor) => Elements;

const readDoubles: Reader = ({ data }) => floatElements(new Float64Array(aligned(data, 8)));

const readHalves: Reader = ({ data }) => {
  const bits = new Uint16Array(aligned(data, 2));
  const values = new Float64Array(bits.length);
  for (let at = 0; at < bits.length; at++) values[at] = halfValue(bits[at] ?? 0);
  return floatElements(values);
};

const readIntegers: Reader = ({ datatype, data }) => {
  const array = views[datatype]?.(data) ?? new Uint8Array(0);
  return { kind: 'values', values: Array.from(array) };
};

const readBig: Reader = ({ datatype, data }) => {
  const buffer = aligned(data, 8);
  const array = datatype === 'INT64' ? new BigInt64Array(buffer) : new BigUint64Array(buffer);
  return { kind: 'texts', texts: Array.from(array, String), nonFinite: -1 };
};

const readBools: Reader = ({ data }) => ({
  kind: 'values',
  values: Array.from(data, (byte) => byte !== 0),
});

const readTexts: Reader = ({ name, data }) => {
  const values = bytesElements(name, data).map((element, at) => {
    if (isUtf8(element)) return element.toString('utf8');
    throw new ShoalError(
      'unrepresentable_output',
      `output '${name}': element ${at} is not UTF-8 and cannot be written as JSON; ask for the ` +
        'output in binary',
    );
  });
  return { kind: 'values', values };
};

const readers: Readonly<Record<Exclude<Datatype, 'FP32'>, Reader>> = {
  BOOL: readBools,
  UINT8: readIntegers,
  UINT16: readIntegers,
  UINT32: readIntegers,
  UINT64: readBig,
  INT8: readIntegers,
  INT16: readIntegers,
  INT32: readIntegers,
  INT64: readBig,
  FP16: readHalves,
  FP64: readDoubles,
  BYTES: readTexts,
};

type IntegerArray = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array;

const views: Readonly<Partial<Record<Datatype, (data: Uint8Array) => IntegerArray>>> = {
  UINT8: (data) => data,
  UINT16: (data) => new Uint16Array(aligned(data, 2)),
  UINT32: (data) => new Uint32Array(aligned(data, 4)),
  INT8: (data) => new Int8Array(aligned(data, 1)),
  INT16: (data) => new Int16Array(aligned(data, 2)),
  INT32: (data) => new Int32Array(aligned(data, 4)),
};

function float32Array(data: Uint8Array): Float32Array {
  if (data.byteOffset % 4 !== 0) return new Float32Array(aligned(data, 4));
  return new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
}

/** The bytes in an ArrayBuffer of their own, where every alignment fits. */
function aligned(data: Uint8Array, bytes: number): ArrayBuffer {
  if (data.byteLength % bytes !== 0) throw new RangeError(`${data.byteLength} bytes of ${bytes}`);
  return new Uint8Array(data).buffer;
}

/**
 * JSON.stringify on a plain array prints doubles fastest, provided that the array never had holes:
 * it must grow by push. It has no words for NaN, and no sign for zero.
 */
function floatElements(array: Float64Array): Elements {
  const values: number[] = [];
  for (let at = 0; at < array.length; at++) {
    const value = array[at] ?? 0;
    if (value - value !== 0 || (value === 0 && 1 / value < 0)) return floatTexts(array);
    values.push(value);
  }
  return { kind: 'values', values };
}

function floatTexts(array: Float64Array): Elements {
  const texts = Array.from(array, (value) => (Object.is(value, -0) ? '-0.0' : String(value)));
  return { kind: 'texts', texts, nonFinite: array.findIndex((value) => value - value !== 0) };
}

type Nested = unknown;

function shaped(tensor: Tensor, values: readonly unknown[], form: JsonForm): Nested {
  if (!form.nested || tensor.shape.length === 1) return values;
  if (tensor.shape.length === 0) return values[0];
  if (elementCount(tensor.shape) === 0) return [];
  let level = values;
  for (const size of tensor.shape.slice(1).reverse()) level = chunks(level, size);
  return level;
}

function chunks(values: readonly unknown[], size: number): unknown[] {
  const parts: unknown[] = [];
  for (let at = 0; at < values.length; at += size) parts.push(values.slice(at, at + size));
  return parts;
}

function nestedText(nested: Nested): string {
  return Array.isArray(nested) ? `[${nested.map(nestedText).join(',')}]` : String(nested);
}

function nonFinite({ name, datatype }: Tensor, at: number): ShoalError {
  return new ShoalError(
    'unrepresentable_output',
    `output '${name}': element ${at} of ${datatype} is NaN or infinite, which JSON cannot hold; ` +
      'the Open Inference Protocol (/v2) can',
  );
}
