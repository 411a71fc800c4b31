import type { Datatype } from './datatype';
import type { SharedBytes } from './link/shared-file';

/**
 * A named tensor as it travels inside the server: row-major, little-endian, without padding.
 * BOOL is one byte, 0 or 1. BYTES is, per element, a uint32 length and then that many bytes.
 * `data` may be a view into a larger buffer at any offset: copy before you need alignment.
 */
export interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
  /**
   * Set where `data` still lies there: it is read when it is first asked for, which may throw
   * invalid_request, and may be left to whoever else can read it.
   */
  readonly shared?: SharedBytes;
}

/** A tensor of which the data is read when it is first asked for. */
export function sharedTensor(
  { name, datatype, shape }: Tensor,
  shared: SharedBytes,
  read: () => Uint8Array,
): Tensor {
  let data: Uint8Array | undefined;
  return {
    name,
    datatype,
    shape,
    get data() {
      return (data ??= read());
    },
    shared,
  };
}

/** Bytes of a tensor's data, without reading them. */
export function byteSize(tensor: Tensor): number {
  return tensor.shared === undefined ? tensor.data.byteLength : tensor.shared.bytes;
}

/** BOOL as 0 and 1; every other datatype as it is. */
export function normalData(datatype: Datatype, data: Uint8Array): Uint8Array {
  if (datatype !== 'BOOL' || data.every((byte) => byte <= 1)) return data;
  return Uint8Array.from(data, (byte) => (byte === 0 ? 0 : 1));
}

/** A tensor of more elements than this is refused wherever it comes from. */
export const maxElements = 2 ** 31 - 1;

/** Product of the dimensions, or NaN where it is negative, fractional or beyond `maxElements`. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  let empty = false;
  for (const dim of shape) {
    if (!Number.isInteger(dim) || dim < 0 || dim > maxElements) return NaN;
    if (dim === 0) empty = true;
    else count *= dim;
    if (count > maxElements) return NaN;
  }
  return empty ? 0 : count;
}
