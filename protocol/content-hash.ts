import { createHash } from 'node:crypto';
import type { BatchInput } from './link/batch';
import type { Tensor } from './tensor';

/** Bytes of a content hash; it is written as hex, two characters a byte. */
export const contentHashBytes = 16;

/**
 * What a request asks of its model, as a short text that is the same wherever it is computed:
 * inputs in the model's order, each with its name, type, shape and bytes. Costs a microsecond and
 * two nanoseconds a byte, so it is made only where something has died.
 */
export function contentHash(inputs: readonly (Tensor | BatchInput)[]): string {
  const hash = createHash('sha256');
  for (const input of inputs) {
    hash.update(JSON.stringify([input.name, input.datatype, input.shape]));
    if ('data' in input) hash.update(input.data);
    else for (const chunk of input.chunks) hash.update(chunk);
  }
  return hash.digest('hex').slice(0, 2 * contentHashBytes);
}
