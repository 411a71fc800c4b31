import { isErrorCode, statusOf } from '../../../core/errors';
import type { HttpAnswer } from './http-connection';

/** Errors that say that the server itself is at fault. */
export const faultCodes: readonly string[] = [
  'internal',
  'host_check_failed',
  'host_lost',
  'no_host',
  'not_ready',
];

/**
 * What is wrong with an answer to whatever was asked; undefined for nothing. An error has the one
 * error body, a code of the table, that code's status, and is no fault of the server.
 */
export function undocumented({ status, body }: HttpAnswer): string | undefined {
  if (status < 400) return undefined;
  const text = body.toString();
  let said: { code?: unknown; error?: unknown; http_status?: { code?: unknown } };
  try {
    said = JSON.parse(text) as typeof said;
  } catch {
    return `${status} with a body that is no JSON: ${text}`;
  }
  const { code, error, http_status: envelope } = said;
  if (!isErrorCode(code) || typeof error !== 'string' || envelope?.code !== status) {
    return `${status} with another body than errors have: ${text}`;
  }
  const statuses = [statusOf(code, 'http'), statusOf(code, 'fractal')];
  if (!statuses.includes(status)) return `${status} with the code ${code}: ${text}`;
  return faultCodes.includes(code) ? `a fault of the server: ${status} ${text}` : undefined;
}
