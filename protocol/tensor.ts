import type { Datatype } from './datatype';

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
