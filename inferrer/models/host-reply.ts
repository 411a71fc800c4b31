import { isErrorCode, ShoalError } from '../../core/errors';

/** What a modelhost answered to a call of the inferrer: status and JSON body. */
export interface HostReply {
  readonly status: number;
  readonly host: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Seconds after which a further try may succeed. */
  readonly retryAfter?: number;
}

/** What came of a host by HTTP. */
export interface HostAnswer {
  readonly status: number;
  readonly text: string;
  /** Its `retry-after`; '' for none. */
  readonly retryAfter: string;
}

/** Reads a host's answer. A body that is no JSON object counts as empty. */
export function hostReply(host: string, { status, text, retryAfter }: HostAnswer): HostReply {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const seconds = /^\d+$/.test(retryAfter) ? { retryAfter: Number(retryAfter) } : {};
  return { status, host, body: isObject ? (body as Record<string, unknown>) : {}, ...seconds };
}

/** The error that a host answered, to be passed on to the client in the same words. */
export function errorOfReply(reply: HostReply): ShoalError {
  const { error, code } = reply.body;
  if (typeof error === 'string' && isErrorCode(code)) {
    const retryAfter = reply.retryAfter ?? (reply.status === 503 ? 1 : undefined);
    return new ShoalError(code, error, retryAfter === undefined ? {} : { retryAfter });
  }
  return new ShoalError(
    'host_check_failed',
    `Modelhost ${reply.host} answered ${reply.status} without saying why.`,
  );
}

/** A number in the answer. Throws host_check_failed where it is missing. */
export function numberIn(reply: HostReply, field: string): number {
  const value = reply.body[field];
  if (typeof value === 'number') return value;
  throw new ShoalError(
    'host_check_failed',
    `Modelhost ${reply.host} answered ${reply.status} without '${field}'.`,
  );
}
