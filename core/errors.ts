/**
 * Every error that a client can see: its code word, its status, and what the code means.
 * `status` is the HTTP status; the FRACTAL dialect answers `fractal` where that differs.
 * docs/errors.md is checked against this table.
 */
export const errorTable = {
  invalid_request: { status: 400, fractal: 422, means: 'A field is missing, unknown or wrong.' },
  malformed_body: { status: 400, fractal: 422, means: 'The body cannot be read as what it says.' },
  invalid_name: {
    status: 400,
    fractal: 422,
    means: 'A model name has characters it must not have.',
  },
  run_failed: { status: 400, fractal: 422, means: 'The model cannot compute on this input.' },
  unsupported_value: { status: 400, fractal: 422, means: 'A value that the runtime cannot carry.' },
  unrepresentable_output: {
    status: 400,
    fractal: 422,
    means: 'A result that this form of answer cannot hold.',
  },
  unauthorized: { status: 401, means: 'No token, or one that is not known.' },
  forbidden: {
    status: 403,
    means: 'The token, or where the request comes from, does not allow this.',
  },
  unknown_route: { status: 404, means: 'There is nothing at this path.' },
  unknown_service: { status: 404, means: 'There is no gRPC service of this name here.' },
  unknown_model: { status: 404, means: 'No model of this name is served.' },
  unknown_version: { status: 404, means: 'The model has no such version or label.' },
  unknown_upload: { status: 404, means: 'No inferrer knows an upload with this id.' },
  unknown_region: { status: 404, means: 'No shared memory region of this name is registered.' },
  method_not_allowed: { status: 405, means: 'The path exists, the method does not.' },
  not_acceptable: {
    status: 406,
    means: 'The answer cannot have any of the types that are accepted.',
  },
  body_timeout: { status: 408, means: 'The body did not arrive in time.' },
  not_onnx_name: { status: 409, means: 'The model name ends in something that is no ONNX file.' },
  conflict: { status: 409, means: 'It collides with what is there or with a change under way.' },
  stale_generation: {
    status: 409,
    means:
      'A modelhost knows a newer generation of the model; seen between inferrer and host only.',
  },
  too_large: {
    status: 413,
    means: 'The body, its unpacked form, the picture or the shared memory is over its limit.',
  },
  unsupported_media_type: {
    status: 415,
    means: 'The content type or file type is not one of those offered.',
  },
  unsupported_encoding: { status: 415, means: 'The content encoding is not one of those offered.' },
  model_rejected: { status: 422, means: 'The uploaded file is not a model that can be served.' },
  request_quarantined: {
    status: 422,
    means: 'This very input has killed runners and is refused for a while.',
  },
  rate_limited: {
    status: 429,
    means: 'More requests than the client may make, or the model may get.',
  },
  headers_too_large: { status: 431, means: 'The request headers are over their limit.' },
  client_closed: {
    status: 499,
    means: 'The caller went away before the answer; seen in logs only.',
  },
  internal: { status: 500, means: 'A fault of the server; the log has it under the request id.' },
  host_check_failed: {
    status: 500,
    means: 'A modelhost answered a check with something other than success.',
  },
  unsupported: { status: 501, means: 'This server does not do that, or has it switched off.' },
  host_lost: {
    status: 503,
    means: 'The modelhost died with the request and no retry was possible.',
  },
  model_not_ready: { status: 503, means: 'The model is being loaded or unloaded.' },
  quarantined: {
    status: 503,
    means: 'The model keeps killing its runner and is run no more.',
  },
  no_host: { status: 503, means: 'No modelhost is there to answer.' },
  not_ready: { status: 503, means: 'The server is starting.' },
  overloaded: { status: 503, means: 'The queue is full, or too long for the deadline.' },
  shutting_down: { status: 503, means: 'The server is stopping.' },
  storage_unavailable: {
    status: 503,
    means: 'The model repository cannot be reached, or what lies there is damaged.',
  },
  deadline_exceeded: { status: 504, means: 'The answer was not there when the deadline passed.' },
  insufficient_memory: {
    status: 507,
    means:
      'There is no memory for the model beside those that are loaded, or for what this input takes.',
  },
  insufficient_storage: {
    status: 507,
    means: 'No room, or no right to write, in the model repository.',
  },
} as const satisfies Record<string, { status: number; fractal?: number; means: string }>;

export type ErrorCode = keyof typeof errorTable;

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorTable, code);
}

export interface ErrorDetails {
  /** The fault behind it, for the log; clients never see it. */
  readonly cause?: unknown;
  /** Seconds after which another try may succeed; sent as Retry-After. */
  readonly retryAfter?: number;
  /** Response headers that belong to the error, e.g. Allow. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further fields of the error body, e.g. a line per host. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** An error meant for a client. Its message says what was wanted, what came and what to do. */
export class ShoalError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ShoalError';
    this.code = code;
    this.details = details;
  }
}

/** The dialects that answer with statuses of their own. */
export type StatusDialect = 'http' | 'fractal';

export function statusOf(code: ErrorCode, dialect: StatusDialect): number {
  const row: { status: number; fractal?: number } = errorTable[code];
  return dialect === 'fractal' ? (row.fractal ?? row.status) : row.status;
}

/** Anything thrown, as an error for a client: what is not meant for one becomes `internal`. */
export function asShoalError(thrown: unknown): ShoalError {
  if (thrown instanceof ShoalError) return thrown;
  return new ShoalError('internal', 'Internal error; the log has it under the request id.', {
    cause: thrown,
  });
}
