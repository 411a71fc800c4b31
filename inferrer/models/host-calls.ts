import { Agent, request } from 'undici';
import { ShoalError } from '../../core/errors';
import { hostReply, type HostReply } from './host-reply';

/** A call of the inferrer to one modelhost. */
export interface HostRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** From the host's root, e.g. `/modelhost/models/iris/default`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Id of the client's request; '' for none. */
  readonly requestId: string;
  readonly timeoutMs: number;
  /** The answer is not waited for any longer: the call ends with host_lost. */
  readonly signal?: AbortSignal;
}

/**
 * Sends a request to the host at `url` and reads its JSON answer, whatever the status. Rejects
 * with host_lost where no answer came, deadline_exceeded where it did not come in time, too_large
 * where it was too long to be read.
 */
export type CallHost = (url: string, request: HostRequest) => Promise<HostReply>;

/** Longest answer that is read, in bytes. */
const maxAnswerBytes = 16 * 1024 * 1024;

/** Calls with connections of their own, so that slow uploads cannot keep others waiting. */
export function createHostCalls(clusterSecret: string): { call: CallHost; close(): Promise<void> } {
  const agent = new Agent({ connections: 64, pipelining: 1, maxResponseSize: maxAnswerBytes });
  const secret = clusterSecret === '' ? {} : { 'shoal-cluster-secret': clusterSecret };
  return {
    async call(url, { method, path, body, requestId, timeoutMs, signal }) {
      const late = AbortSignal.timeout(timeoutMs);
      const headers: Record<string, string> = { ...secret };
      if (requestId !== '') headers['x-request-id'] = requestId;
      if (body !== undefined) headers['content-type'] = 'application/json';
      try {
        const response = await request(`${url}${path}`, {
          method,
          headers,
          dispatcher: agent,
          body: body === undefined ? null : JSON.stringify(body),
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
          signal: signal === undefined ? late : AbortSignal.any([late, signal]),
        });
        const text = await response.body.text();
        const host = response.headers['shoal-modelhost'];
        const reply = hostReply(typeof host === 'string' ? host : '', {
          status: response.statusCode,
          text,
          retryAfter: String(response.headers['retry-after'] ?? ''),
        });
        // The answer to a deletion has no body.
        const generation = Number(response.headers['shoal-generation']);
        return reply.status === 204 ? { ...reply, body: { generation } } : reply;
      } catch (error) {
        throw callError(error);
      }
    },
    close: () => agent.close(),
  };
}

function callError(error: unknown): ShoalError {
  const { name, code } = error as { name?: string; code?: unknown };
  if (name === 'TimeoutError' || String(code).endsWith('_TIMEOUT')) {
    return new ShoalError('deadline_exceeded', 'A modelhost did not answer in time.', {
      cause: error,
    });
  }
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    const message = `The answer has more than ${maxAnswerBytes} bytes.`;
    return new ShoalError('too_large', message, { cause: error });
  }
  return new ShoalError('host_lost', 'The modelhost could not be reached or died.', {
    cause: error,
    retryAfter: 1,
  });
}
