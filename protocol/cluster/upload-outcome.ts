import { asShoalError, ShoalError } from '../../core/errors';

/** The error with which an upload ended, and what has become of its version. */
export function withOutcome({ code, message, details }: ShoalError, outcome: string): ShoalError {
  return new ShoalError(code, `${message} ${outcome}`, details);
}

/** @param fault with which taking it back ended */
export function notTakenBack(model: string, version: number, fault: unknown): string {
  const { code, message } = asShoalError(fault);
  const stays = `Version ${version} of '${model}' is stored, and was not taken back: ${message}`;
  // It has a name by now: deleting it is no remedy.
  if (code === 'conflict') return stays;
  return `${stays} DELETE /api/v1/models/${model}:${version} deletes it.`;
}

export function isDefaultNow(model: string, version: number): string {
  return `Version ${version} is the default of '${model}'.`;
}
