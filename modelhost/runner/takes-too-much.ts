import { ShoalError, type ErrorDetails } from '../../core/errors';
import type { RunnerLoad } from './control';

/** What its callers are told where a version is not served, as its load alone takes too much memory. */
export function takesTooMuch(
  { model, version }: Pick<RunnerLoad, 'model' | 'version'>,
  details: ErrorDetails = {},
): ShoalError {
  return new ShoalError(
    'insufficient_memory',
    `Version ${version} of '${model}' needs more memory than a runner may take ` +
      '(RUNNER_MEMORY_BYTES) to be loaded.',
    details,
  );
}
