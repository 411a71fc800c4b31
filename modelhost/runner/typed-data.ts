import { ShoalError } from '../../core/errors';
import { bytesData } from '../../protocol/bytes-elements';
import { bytesPerElement, type Datatype } from '../../protocol/datatype';
import { elementCount, type Tensor } from '../../protocol/tensor';
import { decodeStrings } from './string-tensor';

/** Element types by the runtime's names. */
export type RuntimeType =
  | 'bool'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float16'
  | 'float32'
  | 'float64'
  | 'string';

/** Data in the form in which the runtime takes it. */
export type RuntimeData = ArrayBufferView | readonly string[];

type View = (buffer: ArrayBufferLike, offset: number, length: number) => ArrayBufferView;

const views: Readonly<Record<Exclude<Datatype, 'BYTES'>, readonly [RuntimeType, View]>> = {
  BOOL: ['bool', (b, o, n) => new Uint8Array(b, o, n)],
  UINT8: ['uint8', (b, o, n) => new Uint8Array(b, o, n)],
  UINT16: ['uint16', (b, o, n) => new Uint16Array(b, o, n)],
  UINT32: ['uint32', (b, o, n) => new Uint32Array(b, o, n)],
  UINT64: ['uint64', (b, o, n) => new BigUint64Array(b, o, n)],
  INT8: ['int8', (b, o, n) => new Int8Array(b, o, n)],
  INT16: ['int16', (b, o, n) => new Int16Array(b, o, n)],
  INT32: ['int32', (b, o, n) => new Int32Array(b, o, n)],
  INT64: ['int64', (b, o, n) => new BigInt64Array(b, o, n)],
  FP16: ['float16', (b, o, n) => new Uint16Array(b, o, n)],
  FP32: ['float32', (b, o, n) => new Float32Array(b, o, n)],
  FP64: ['float64', (b, o, n) => new Float64Array(b, o, n)],
};

const datatypes = new Map<string, Datatype>([
  ...Object.entries(views).map(([datatype, [type]]) => [type, datatype as Datatype] as const),
  ['string', 'BYTES'],
]);

/** An input's bytes as the runtime wants them; copied only where they are not aligned. */
export function typedData(tensor: Tensor): { type: RuntimeType; data: RuntimeData } {
  const count = elementCount(tensor.shape);
  if (tensor.datatype === 'BYTES') return { type: 'string', data: decodeStrings(tensor, count) };
  const size = bytesPerElement(tensor.datatype);
  if (tensor.data.byteLength !== count * size) {
    throw new ShoalError(
      'malformed_body',
      `Input '${tensor.name}' wants ${count * size} bytes, found ${tensor.data.byteLength}.`,
    );
  }
  const [type, view] = views[tensor.datatype];
  const bytes = usable(tensor, size);
  return { type, data: view(bytes.buffer, bytes.byteOffset, count) };
}

function usable(tensor: Tensor, size: number): Uint8Array {
  const bytes = tensor.datatype === 'BOOL' ? zeroOrOne(tensor.data) : tensor.data;
  return bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
}

/** The runtime computes with whatever byte a bool has, so that 2 would not equal true. */
function zeroOrOne(bytes: Uint8Array): Uint8Array {
  return bytes.every((byte) => byte <= 1) ? bytes : bytes.map((byte) => (byte === 0 ? 0 : 1));
}

/** A runtime's output as a tensor; numbers are not copied. Undefined for types without a name. */
export function tensorOf(
  name: string,
  type: string,
  shape: readonly number[],
  data: RuntimeData,
): Tensor | undefined {
  const datatype = datatypes.get(type);
  if (datatype === undefined) return undefined;
  if (!ArrayBuffer.isView(data)) return { name, datatype, shape, data: bytesData(data) };
  return {
    name,
    datatype,
    shape,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}
