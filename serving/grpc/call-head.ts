import { ShoalError } from '../../core/errors';
import { headerTimeoutMs } from '../../protocol/dialects/timeout-header';
import type { GrpcMethod } from '../../protocol/grpc/call';
import type { Authorise } from '../http/authorisation';
import type { Packing } from '../http/unpack';
import type { Head } from '../http2/stream';

/** What the head of a call says, worked out once for all calls that begin with the same. */
export interface CallHead {
  /** Path without the query. */
  readonly path: string;
  readonly method: GrpcMethod | undefined;
  /** The HTTP path that it is the counterpart of. */
  readonly routePath: string;
  /** Why it is refused whatever its message is. */
  readonly refusal: ShoalError | undefined;
  /** HTTP status of what is no gRPC at all; 0 for gRPC. */
  readonly notGrpc: number;
  /** From its arrival; Infinity where it does not say. */
  readonly timeoutMs: number;
  /** How its messages are packed where they say that they are. */
  readonly packing: Packing | undefined;
  /** True where the answer may be packed like that. */
  readonly packsAnswer: boolean;
}

export interface CallHeadParts {
  readonly methods: ReadonlyMap<string, GrpcMethod>;
  readonly authorise: Authorise;
}

/** Reads heads; what it makes of one is kept in it. */
export function createHeadReader(parts: CallHeadParts): (head: Head) => CallHead {
  return (head) => (head.derived ??= readHead(parts, head)) as CallHead;
}

function readHead({ methods, authorise }: CallHeadParts, head: Head): CallHead {
  const path = head.path.replace(/\?.*$/, '');
  const method = methods.get(path);
  const routePath = method?.route.path ?? path;
  const plain = { path, method, routePath, notGrpc: 0, timeoutMs: Infinity, refusal: undefined };
  const unpacked = { packing: undefined, packsAnswer: false };
  if (head.tooLarge) return { ...plain, ...unpacked, refusal: headersTooLarge() };
  const notGrpc = notGrpcStatus(head);
  if (notGrpc > 0) return { ...plain, ...unpacked, notGrpc };
  try {
    const refusal =
      method === undefined ? unknownMethod(path) : authorised(authorise, method, head);
    if (refusal !== undefined) return { ...plain, ...unpacked, refusal };
    const timeoutMs = Math.min(grpcTimeoutMs(head), headerTimeoutMs(head));
    return { ...plain, timeoutMs, ...packingIn(head) };
  } catch (error) {
    if (!(error instanceof ShoalError)) throw error;
    return { ...plain, ...unpacked, refusal: error };
  }
}

/** Only whoever speaks HTTP/2 by hand is answered in HTTP's own words. */
function notGrpcStatus(head: Head): number {
  if (head.method !== 'POST') return 405;
  const type = head.header('content-type') ?? '';
  return /^application\/grpc(\+proto)?\s*(;|$)/i.test(type) ? 0 : 415;
}

function headersTooLarge(): ShoalError {
  return new ShoalError(
    'headers_too_large',
    'The request headers are over their limit; send fewer or shorter ones, or raise MAX_HEADER_BYTES.',
  );
}

function unknownMethod(path: string): ShoalError {
  return new ShoalError('unknown_route', `There is no method ${path.slice(0, 200)} here.`);
}

function authorised(authorise: Authorise, method: GrpcMethod, head: Head): ShoalError | undefined {
  return authorise(method.route.method, method.route.path, head);
}

/** Milliseconds of each unit of `grpc-timeout`. */
const units: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

function grpcTimeoutMs(head: Head): number {
  const text = head.header('grpc-timeout');
  if (text === undefined) return Infinity;
  const [, digits, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  if (digits !== undefined) return Number(digits) * (units[unit] ?? 0);
  throw new ShoalError(
    'invalid_request',
    `grpc-timeout: wanted up to 8 digits and one of H, M, S, m, u, n, got '${text.slice(0, 40)}'.`,
  );
}

function packingIn(head: Head): Pick<CallHead, 'packing' | 'packsAnswer'> {
  const encoding = head.header('grpc-encoding') ?? 'identity';
  if (encoding === 'identity') return { packing: undefined, packsAnswer: false };
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    throw new ShoalError(
      'unsupported_encoding',
      `grpc-encoding: wanted identity, gzip or deflate, got '${encoding.slice(0, 40)}'.`,
      { headers: { 'grpc-accept-encoding': acceptedEncodings } },
    );
  }
  const accepted = (head.header('grpc-accept-encoding') ?? '')
    .split(',')
    .map((word) => word.trim());
  return { packing: encoding, packsAnswer: accepted.includes(encoding) };
}

/** What messages may be packed by. */
export const acceptedEncodings = 'identity,deflate,gzip';
