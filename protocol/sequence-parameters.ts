import { ShoalError } from '../core/errors';
import type { Parameter } from './infer';
import { bigRanges } from './tensor-json/integer-ranges';

/**
 * Checks the parameters of Triton's sequence extension, which every dialect leaves among a
 * request's parameters: no model here keeps state from request to request, so that they mean what
 * they mean to Triton's models without `sequence_batching`: nothing. Throws invalid_request.
 */
export function checkSequence(parameters: ReadonlyMap<string, Parameter>): void {
  if (parameters.size === 0) return;
  const id = parameters.get('sequence_id');
  if (id !== undefined && !isCorrelationId(id)) {
    throw new ShoalError(
      'invalid_request',
      `parameter 'sequence_id' must be a whole number of 64 bits from 0 or a text, got ${id}`,
    );
  }
  for (const name of ['sequence_start', 'sequence_end']) {
    const flag = parameters.get(name);
    if (flag === undefined || typeof flag === 'boolean') continue;
    throw new ShoalError(
      'invalid_request',
      `parameter '${name}' must be true or false, got ${flag}`,
    );
  }
}

function isCorrelationId(id: Parameter): boolean {
  if (typeof id === 'string') return true;
  if (typeof id === 'bigint') return id >= 0n && id <= bigRanges.UINT64.most;
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0;
}
