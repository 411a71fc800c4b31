import { createHash, type Hash } from 'node:crypto';
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
  return hashOf(inputs)
    .digest('hex')
    .slice(0, 2 * contentHashBytes);
}

/**
 * All of SHA-256 over what a request asks, the outputs that it wants included: nobody can make two
 * requests of which one gets the other's answer.
 */
export function contentDigest(inputs: readonly Tensor[], outputs: readonly string[]): string {
  return hashOf(inputs).update(JSON.stringify(outputs)).digest('base64');
}

/** What stands before an input's bytes says how many there are: no two lists run together. */
function hashOf(inputs: readonly (Tensor | BatchInput)[]): Hash {
  const hash = createHash('sha256');
  for (const input of inputs) {
    hash.update(JSON.stringify([input.name, input.datatype, input.shape]));
    if ('data' in input) hash.update(input.data);
    else for (const chunk of input.chunks) hash.update(chunk);
  }
  return hash;
}
