import { ShoalError } from '../../../core/errors';

/** The query parameter `dry_run` of an upload. Throws invalid_request. */
export function dryRunOf(value: unknown): boolean {
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw new ShoalError('invalid_request', "dry_run: wanted 'true' or 'false'.");
}
