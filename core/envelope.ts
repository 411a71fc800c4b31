import { STATUS_CODES } from 'node:http';
import { errorTable, statusOf, type ShoalError, type StatusDialect } from './errors';

/** FRACTAL's envelope, part of every FRACTAL answer and of every error body. */
export interface HttpStatus {
  readonly code: number;
  readonly name: string;
  readonly description: string;
}

export function httpStatus(code: number, description: string): HttpStatus {
  return { code, name: STATUS_CODES[code] ?? 'Client Closed Request', description };
}

/** The one error body of all dialects. */
export interface ErrorBody {
  readonly error: string;
  readonly code: string;
  readonly http_status: HttpStatus;
  readonly [field: string]: unknown;
}

export function errorBody(error: ShoalError, dialect: StatusDialect = 'http'): ErrorBody {
  const { means } = errorTable[error.code];
  return {
    ...error.details.fields,
    error: error.message,
    code: error.code,
    http_status: httpStatus(statusOf(error.code, dialect), means),
  };
}

/** Response headers that an error brings along besides its content type and length. */
export function errorHeaders(error: ShoalError): Record<string, string> {
  const headers: Record<string, string> = { ...error.details.headers };
  if (error.details.retryAfter !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.details.retryAfter)));
  }
  if (error.code === 'shutting_down') headers['connection'] = 'close';
  return headers;
}
