import type { Datatype } from '../datatype';
import type { JsonValue } from '../exact-json/json-value';
import type { Tensor } from '../tensor';
import { halfValue } from '../tensor-json/half';
import { tensorFromJson } from '../tensor-json/tensor-from-json';

type Elements = readonly JsonValue[];

/** Elements as values; the buffer begins with the first. */
const values: Readonly<Record<Exclude<Datatype, 'BYTES'>, (buffer: ArrayBuffer) => Elements>> = {
  BOOL: (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte !== 0),
  UINT8: (buffer) => Array.from(new Uint8Array(buffer)),
  UINT16: (buffer) => Array.from(new Uint16Array(buffer)),
  UINT32: (buffer) => Array.from(new Uint32Array(buffer)),
  UINT64: (buffer) => Array.from(new BigUint64Array(buffer), small),
  INT8: (buffer) => Array.from(new Int8Array(buffer)),
  INT16: (buffer) => Array.from(new Int16Array(buffer)),
  INT32: (buffer) => Array.from(new Int32Array(buffer)),
  INT64: (buffer) => Array.from(new BigInt64Array(buffer), small),
  FP16: (buffer) => Array.from(new Uint16Array(buffer), halfValue),
  FP32: (buffer) => Array.from(new Float32Array(buffer)),
  FP64: (buffer) => Array.from(new Float64Array(buffer)),
};

function small(value: bigint): JsonValue {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * The tensor with elements of another type: NumPy's arrays are of doubles and 64-bit integers where
 * nobody has said otherwise. Floats are rounded, integers must fit, floats become integers where
 * they are whole, true and false become 1 and 0. Throws invalid_request where that cannot be.
 */
export function castTensor(tensor: Tensor, datatype: Datatype): Tensor {
  const { name, shape, data } = tensor;
  if (tensor.datatype === datatype || tensor.datatype === 'BYTES') return tensor;
  const read = values[tensor.datatype](new Uint8Array(data).buffer);
  const elements = tensor.datatype === 'BOOL' ? read.map(Number) : read;
  return tensorFromJson(name, datatype, shape, elements);
}
