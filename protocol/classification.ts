import { ShoalError } from '../core/errors';
import { bytesData } from './bytes-elements';
import type { Datatype } from './datatype';
import { fixedText } from './fixed-text';
import { elementCount, type Tensor } from './tensor';

/** How an output becomes its best classes. */
export interface Classifying {
  /** Classes of each row, from 1; where there are fewer, all. */
  readonly count: number;
  /** Text by index of a class; what is missing or '' is left out. */
  readonly labels: readonly string[];
  /** The first dimension counts rows, each of which has classes of its own. */
  readonly batched: boolean;
}

/** Larger outputs would hold up all other requests while their classes are looked for. */
const mostElements = 1_000_000;

type Values = Float64Array | BigInt64Array | BigUint64Array;

/**
 * The best classes of an output, as Triton's classification extension writes them: a BYTES tensor
 * [rows, classes], or [classes] where nothing is batched, of `value:index` or `value:index:label`,
 * the largest value first, of equals the lower index, NaN last. Throws invalid_request.
 */
export function classified(tensor: Tensor, { count, labels, batched }: Classifying): Tensor {
  const { name, shape } = tensor;
  const values = valuesOf(tensor);
  const inRows = batched && shape.length > 0;
  const rows = inRows ? (shape[0] ?? 0) : 1;
  const perRow = inRows ? elementCount(shape.slice(1)) : values.length;
  const kept = Math.min(count, perRow);
  const textOf = tensor.datatype.startsWith('FP') ? floatText : String;
  const texts: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    const own = values.subarray(row * perRow, (row + 1) * perRow);
    for (const index of largest(own, kept)) {
      texts.push(`${textOf(own[index] ?? 0)}:${index}${labelText(labels[index])}`);
    }
  }
  const data = bytesData(texts);
  return { name, datatype: 'BYTES', shape: inRows ? [rows, kept] : [kept], data };
}

function floatText(value: number | bigint): string {
  return fixedText(Number(value));
}

function labelText(label = ''): string {
  return label === '' ? '' : `:${label}`;
}

/** Throws invalid_request where outputs of this datatype have no classes. */
export function refuseUnclassified(name: string, datatype: Datatype | null): void {
  if (datatype !== null && Object.hasOwn(readers, datatype)) return;
  throw new ShoalError(
    'invalid_request',
    `classification of output '${name}' is not possible: wanted ${Object.keys(readers).join(', ')}, ` +
      `it is ${datatype ?? 'of no datatype'}`,
  );
}

const readers: Readonly<Partial<Record<Datatype, (data: ArrayBuffer) => Values>>> = {
  UINT8: (data) => Float64Array.from(new Uint8Array(data)),
  UINT16: (data) => Float64Array.from(new Uint16Array(data)),
  UINT32: (data) => Float64Array.from(new Uint32Array(data)),
  UINT64: (data) => new BigUint64Array(data),
  INT8: (data) => Float64Array.from(new Int8Array(data)),
  INT16: (data) => Float64Array.from(new Int16Array(data)),
  INT32: (data) => Float64Array.from(new Int32Array(data)),
  INT64: (data) => new BigInt64Array(data),
  FP32: (data) => Float64Array.from(new Float32Array(data)),
  FP64: (data) => new Float64Array(data),
};

function valuesOf({ name, datatype, shape, data }: Tensor): Values {
  const elements = elementCount(shape);
  if (elements > mostElements) {
    throw new ShoalError(
      'invalid_request',
      `classification of output '${name}' is not possible: it has ${elements} elements, ` +
        `wanted at most ${mostElements}`,
    );
  }
  const read = readers[datatype];
  if (read !== undefined) return read(new Uint8Array(data).buffer);
  refuseUnclassified(name, datatype);
  return new Float64Array(0);
}

/** Indexes of so many largest values, at most all, in order. */
function largest(values: Values, wanted: number): number[] {
  if (wanted === 0) return [];
  const keys = values instanceof Float64Array ? values.map(nanLeast) : values;
  const threshold = keys.slice().sort()[keys.length - wanted] ?? 0;
  const above: number[] = [];
  const equal: number[] = [];
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] ?? 0;
    if (key > threshold) above.push(index);
    else if (key === threshold && equal.length < wanted) equal.push(index);
  }
  above.sort((a, b) => descending(keys[a] ?? 0, keys[b] ?? 0));
  return [...above, ...equal].slice(0, wanted);
}

function nanLeast(value: number): number {
  return Number.isNaN(value) ? -Infinity : value;
}

function descending(a: number | bigint, b: number | bigint): number {
  if (a === b) return 0;
  return a > b ? -1 : 1;
}
