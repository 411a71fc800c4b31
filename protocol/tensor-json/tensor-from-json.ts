import { ShoalError } from '../../core/errors';
import { bytesData } from '../bytes-elements';
import { bytesPerElement, type Datatype } from '../datatype';
import { isJsonArray, numberOf, shown, type JsonValue } from '../exact-json/json-value';
import { elementCount, maxElements, type Tensor } from '../tensor';
import { halfBits } from './half';
import {
  bigRanges,
  smallRanges,
  type BigInteger,
  type SmallArray,
  type SmallInteger,
} from './integer-ranges';
import { roomFor } from './tensor-room';

/** The tensor that is being filled, for messages and ranges. */
interface Target<Type extends Datatype = Datatype> {
  readonly name: string;
  readonly datatype: Type;
}

type List = readonly JsonValue[];

/**
 * A tensor from JSON values: flat, nested, or of mixed depth, in row-major order; one bare value
 * stands for itself. Integers must have been read exactly (`losesIntegers`) to be refused where
 * they were written as decimals, and to be kept beyond 2^53.
 * Throws invalid_request, naming the tensor, the element and what was wanted.
 */
export function tensorFromJson(
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  values: JsonValue,
): Tensor {
  const list = isJsonArray(values) ? values : [values];
  const count = checkedCount(name, shape);
  if (list.length !== count) {
    const given = leaves(list);
    if (given !== count) throw wrongCount(name, shape, count, given);
  }
  return { name, datatype, shape, data: encode({ name, datatype }, shape, list) };
}

/** Number of elements of a shape. Throws invalid_request where that is no tensor's shape. */
export function checkedCount(name: string, shape: readonly number[]): number {
  const count = elementCount(shape);
  if (!Number.isNaN(count)) return count;
  throw new ShoalError(
    'invalid_request',
    `input '${name}': shape ${shown(shape)} must have whole numbers from 0 and at most ` +
      `${maxElements} elements`,
  );
}

function encode(target: Target, shape: readonly number[], list: List): Uint8Array {
  const count = elementCount(shape);
  const fill = fillers[target.datatype];
  const data = fill(target, count, list);
  if (data !== undefined) return data;
  throw wrongCount(target.name, shape, count, leaves(list));
}

/** Makes the data of `count` elements; undefined where the list holds another number of them. */
type Filler = (target: Target, count: number, list: List) => Uint8Array | undefined;

const fillFp32: Filler = (target, count, list) => {
  const { buffer, offset } = roomFor(count * 4);
  const out = new Float32Array(buffer, offset, count);
  return floats(target, out, 0, list) === count ? asBytes(out) : undefined;
};

const fillFp64: Filler = (target, count, list) => {
  const { buffer, offset } = roomFor(count * 8);
  const out = new Float64Array(buffer, offset, count);
  return floats(target, out, 0, list) === count ? asBytes(out) : undefined;
};

const fillFp16: Filler = (target, count, list) => {
  const values = new Float64Array(count);
  if (floats(target, values, 0, list) !== count) return undefined;
  const out = new Uint16Array(count);
  for (let at = 0; at < count; at++) out[at] = halfBits(values[at] ?? 0);
  return asBytes(out);
};

const fillBool: Filler = (target, count, list) => {
  const out = new Uint8Array(count);
  return bools(target, out, 0, list) === count ? out : undefined;
};

const fillSmall: Filler = (target, count, list) => {
  const small = target as Target<SmallInteger>;
  const room = roomFor(count * bytesPerElement(small.datatype));
  const out = smallRanges[small.datatype].array(room, count);
  return smallIntegers(small, out, 0, list) === count ? asBytes(out) : undefined;
};

const fillBig: Filler = (target, count, list) => {
  const { buffer, offset } = roomFor(count * 8);
  const out = new Uint32Array(buffer, offset, count * 2);
  const filled = bigIntegers(target as Target<BigInteger>, out, 0, list);
  return filled === count * 2 ? asBytes(out) : undefined;
};

const fillText: Filler = (target, count, list) => {
  const out: string[] = [];
  texts(target, out, list);
  return out.length === count ? bytesData(out) : undefined;
};

const fillers: Readonly<Record<Datatype, Filler>> = {
  BOOL: fillBool,
  UINT8: fillSmall,
  UINT16: fillSmall,
  UINT32: fillSmall,
  UINT64: fillBig,
  INT8: fillSmall,
  INT16: fillSmall,
  INT32: fillSmall,
  INT64: fillBig,
  FP16: fillFp16,
  FP32: fillFp32,
  FP64: fillFp64,
  BYTES: fillText,
};

/*
 * Each loop writes the list's elements from `at` on and returns where it ended. Writing past the
 * end of a typed array does nothing, so a list that is too long shows in the returned place.
 */

function floats(target: Target, out: Float32Array | Float64Array, at: number, list: List): number {
  for (const value of list) {
    if (typeof value === 'number') out[at++] = value;
    else if (isJsonArray(value)) at = floats(target, out, at, value);
    else {
      const number = numberOf(value);
      if (number === undefined) throw wrongElement(target, at, value, 'a number');
      out[at++] = number;
    }
  }
  return at;
}

function bools(target: Target, out: Uint8Array, at: number, list: List): number {
  for (const value of list) {
    if (value === true) out[at++] = 1;
    else if (value === false) out[at++] = 0;
    else if (isJsonArray(value)) at = bools(target, out, at, value);
    else throw wrongElement(target, at, value, 'true or false');
  }
  return at;
}

function smallIntegers(
  target: Target<SmallInteger>,
  out: SmallArray,
  at: number,
  list: List,
): number {
  const { least, most } = smallRanges[target.datatype];
  for (const value of list) {
    if (typeof value === 'number' && value >= least && value <= most && Number.isInteger(value)) {
      out[at++] = value;
    } else if (isJsonArray(value)) at = smallIntegers(target, out, at, value);
    else throw wrongElement(target, at, value, `an integer from ${least} to ${most}`);
  }
  return at;
}

/** `out` has two places for each element: the low half and the high half. */
function bigIntegers(target: Target<BigInteger>, out: Uint32Array, at: number, list: List): number {
  const { least, most } = bigRanges[target.datatype];
  const lowest = Number(least);
  for (const value of list) {
    if (typeof value === 'number' && value >= lowest && Number.isSafeInteger(value)) {
      out[at++] = value;
      out[at++] = Math.floor(value / 2 ** 32);
    } else if (typeof value === 'bigint' && value >= least && value <= most) {
      out[at++] = Number(BigInt.asUintN(32, value));
      out[at++] = Number(BigInt.asUintN(32, value >> 32n));
    } else if (isJsonArray(value)) at = bigIntegers(target, out, at, value);
    else throw wrongElement(target, at / 2, value, `an integer from ${least} to ${most}`);
  }
  return at;
}

function texts(target: Target, out: string[], list: List): void {
  for (const value of list) {
    if (typeof value === 'string') {
      if (value.includes('\0') || /\p{Surrogate}/u.test(value)) {
        throw wrongElement(target, out.length, value, 'text without NUL and lone surrogates');
      }
      out.push(value);
    } else if (isJsonArray(value)) texts(target, out, value);
    else throw wrongElement(target, out.length, value, 'a string');
  }
}

function leaves(list: List): number {
  let count = 0;
  for (const value of list) count += isJsonArray(value) ? leaves(value) : 1;
  return count;
}

function asBytes(array: Float32Array | Float64Array | SmallArray): Uint8Array {
  return new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
}

function wrongElement(target: Target, at: number, value: JsonValue, wanted: string): ShoalError {
  return new ShoalError(
    'invalid_request',
    `input '${target.name}': element ${at} of ${target.datatype} must be ${wanted}, ` +
      `got ${shown(value)}`,
  );
}

function wrongCount(
  name: string,
  shape: readonly number[],
  count: number,
  given: number,
): ShoalError {
  return new ShoalError(
    'invalid_request',
    `input '${name}': shape ${shown(shape)} holds ${count} values, got ${given}`,
  );
}
