import { errorTable, type ErrorCode } from './errors';

/** gRPC's statuses by the numbers that travel. */
export const grpcStatuses = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

export type GrpcStatus = keyof typeof grpcStatuses;

/** What an error's HTTP status is in gRPC. */
const byHttpStatus: Readonly<Record<number, GrpcStatus>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  406: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  409: 'ALREADY_EXISTS',
  413: 'RESOURCE_EXHAUSTED',
  415: 'UNIMPLEMENTED',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  431: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
  507: 'RESOURCE_EXHAUSTED',
};

/** Where the code says more than its HTTP status does. */
const byCode: Partial<Readonly<Record<ErrorCode, GrpcStatus>>> = {
  unknown_route: 'UNIMPLEMENTED',
  stale_generation: 'ABORTED',
  request_quarantined: 'FAILED_PRECONDITION',
};

/** The gRPC status that a code is answered with. docs/errors.md is checked against it. */
export function grpcStatusOf(code: ErrorCode): GrpcStatus {
  const status = byCode[code] ?? byHttpStatus[errorTable[code].status];
  if (status === undefined) throw new RangeError(`no gRPC status for ${code}`);
  return status;
}
