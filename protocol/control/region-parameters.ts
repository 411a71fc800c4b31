import { ShoalError } from '../../core/errors';
import type { RegionPart } from './shared-memory';

export const regionParameter = 'shared_memory_region';
const byteSizeParameter = 'shared_memory_byte_size';
const offsetParameter = 'shared_memory_offset';

/**
 * Where in shared memory a tensor lies, as its parameters say; undefined where it does not. `whose`
 * names the input or output, `parameter` gives a parameter's value, as any transport reads it.
 * Throws invalid_request.
 */
export function regionPart(
  whose: string,
  parameter: (name: string) => unknown,
): RegionPart | undefined {
  const region = parameter(regionParameter);
  if (region === undefined) return undefined;
  if (typeof region !== 'string' || region === '') {
    throw new ShoalError(
      'invalid_request',
      `Unable to parse '${regionParameter}': ${whose} must have the name of a region there`,
    );
  }
  const offset = parameter(offsetParameter);
  return {
    region,
    byteSize: byteCount(whose, byteSizeParameter, parameter(byteSizeParameter)),
    offset: offset === undefined ? 0 : byteCount(whose, offsetParameter, offset),
  };
}

/** A count of bytes in that parameter, or field. Throws invalid_request. */
export function byteCount(whose: string, parameter: string, value: unknown): number {
  const bytes = typeof value === 'bigint' ? Number(value) : value;
  if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new ShoalError(
    'invalid_request',
    `Unable to parse '${parameter}': ${whose} must have a whole number of bytes from 0 there`,
  );
}
