import { ShoalError } from '../../core/errors';
import type { Caller } from '../infer';

/**
 * The milliseconds of header `shoal-timeout-ms`: how long the caller waits, from the request's
 * arrival on. Infinity where it does not say: then the model does.
 */
export function headerTimeoutMs(caller: Pick<Caller, 'header'>): number {
  const header = caller.header('shoal-timeout-ms');
  if (header === undefined) return Infinity;
  if (/^[1-9]\d{0,15}$/.test(header)) return Number(header);
  throw new ShoalError(
    'invalid_request',
    `Header shoal-timeout-ms must be a whole number of milliseconds from 1, got '${header.slice(0, 40)}'.`,
  );
}
