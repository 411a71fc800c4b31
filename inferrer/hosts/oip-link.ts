import { EventEmitter } from 'node:events';
import { errors, Pool, type Dispatcher } from 'undici';
import { isErrorCode, ShoalError, type ErrorCode } from '../../core/errors';
import type { Attempt, Batch, HostLink, Refusal } from '../../protocol/link/batch';
import { timingHeader } from '../../protocol/link/http-parameters';
import { lateAttempt, leftAttempt, PendingAttempts } from '../../serving/link/pending-attempts';
import { replyOutputs, requestBody } from './oip-message';

export interface OipLinkOptions {
  /** Base URL of the balancer, or of the host itself. */
  readonly url: string;
  /** Id of the host that the balancer shall hand the batch to; '' lets it choose. */
  readonly pin: string;
  readonly secret: string;
  /** Shared by all links to one balancer, so that its connections are. */
  readonly pool: Pool;
}

/** How a host's error code reads as the outcome of an attempt: it did not start on the batch. */
const refusals: Partial<Record<ErrorCode, Refusal>> = {
  stale_generation: 'stale_generation',
  unknown_model: 'not_loaded',
  unknown_version: 'not_loaded',
  model_not_ready: 'not_loaded',
  not_ready: 'not_loaded',
  shutting_down: 'draining',
  overloaded: 'overloaded',
  unauthorized: 'unauthorized',
  forbidden: 'unauthorized',
};

/** Sends batches as Open Inference Protocol requests with binary tensors. */
export function createOipLink(options: OipLinkOptions): HostLink {
  const pending = new PendingAttempts(() => '');
  let nextId = 1;
  return {
    send: (batch, deadline) =>
      new Promise((resolve) => {
        const id = nextId++;
        const abort = new EventEmitter();
        // The host sees its connection closed, and takes the batch out of its queue.
        const leave = (): void => {
          pending.settle(id, leftAttempt(''));
          abort.emit('abort');
        };
        pending.add(id, { deadline, resolve, unwanted: batch.unwanted, leave });
        const asked = { batch, deadline, abort };
        void exchange(options, asked).then((attempt) => pending.settle(id, attempt));
      }),
    // The bodies that are on their way are copies.
    giveUp: (cause) => {
      pending.settleAll({ outcome: 'lost', cause });
    },
    close: () => undefined,
  };
}

interface Asked {
  readonly batch: Batch;
  readonly deadline: number;
  /** Says `abort` when nobody waits for the answer any more. */
  readonly abort: EventEmitter;
}

async function exchange(options: OipLinkOptions, asked: Asked): Promise<Attempt> {
  try {
    return await read(await post(options, asked));
  } catch (error) {
    return failure(error);
  }
}

/**
 * How long after its deadline an exchange without an answer gives its connection up. The clock of
 * the HTTP client may be half a second ahead or behind: who waits is answered by ours.
 */
const abandonMs = 1_000;

/** Connections to one balancer or host, kept alive and shared by the links to it. */
export function createOipPool(url: string): Pool {
  return new Pool(new URL(url).origin, {
    connections: 256,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    connectTimeout: 2_000,
  });
}

function post(
  { url, pin, secret, pool }: OipLinkOptions,
  { batch, deadline, abort }: Asked,
): Promise<Dispatcher.ResponseData> {
  const { model, version } = batch.servable;
  const { body, headerLength } = requestBody(batch);
  const leftMs = Math.max(1, Math.ceil(deadline - performance.now()));
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': String(headerLength),
    'shoal-timeout-ms': String(leftMs),
    'x-request-id': batch.segments[0]?.requestId ?? '',
  };
  if (pin !== '') headers['shoal-host'] = pin;
  if (secret !== '') headers['shoal-cluster-secret'] = secret;
  const base = new URL(url).pathname.replace(/\/$/, '');
  return pool.request({
    method: 'POST',
    path: `${base}/v2/models/${encodeURIComponent(model)}/versions/${version}/infer`,
    headers,
    body,
    headersTimeout: leftMs + abandonMs,
    bodyTimeout: leftMs + abandonMs,
    signal: abort,
  });
}

async function read({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Attempt> {
  const bytes = Buffer.from(await body.arrayBuffer());
  const host = String(headers['shoal-modelhost'] ?? '');
  if (statusCode !== 200) return refused(statusCode, bytes, host);
  const [queueUs, runUs] = String(headers[timingHeader] ?? '0;0')
    .split(';')
    .map(Number);
  try {
    const headerLength = Number(headers['inference-header-content-length'] ?? bytes.byteLength);
    const outputs = replyOutputs(bytes, headerLength);
    const reply = { host, outputs, queueUs: queueUs ?? 0, runUs: runUs ?? 0 };
    return { outcome: 'replied', reply };
  } catch (error) {
    return { outcome: 'broken', cause: String(error) };
  }
}

/** An answer other than 200: from the host in our own words, or from the balancer in front. */
function refused(status: number, bytes: Buffer, host: string): Attempt {
  const { code, error } = parseError(bytes);
  if (code === undefined) return { outcome: 'broken', cause: `status ${status}` };
  const reason = refusals[code];
  if (reason !== undefined) return { outcome: 'refused', reason };
  if (code === 'no_host') return { outcome: 'unreached', cause: 'the balancer has no host' };
  if (code === 'host_lost') return { outcome: 'lost', cause: 'the balancer lost the host' };
  return { outcome: 'failed', host, error: new ShoalError(code, error) };
}

function parseError(bytes: Buffer): { code: ErrorCode | undefined; error: string } {
  try {
    const body = JSON.parse(bytes.toString('utf8')) as { code?: string; error?: string };
    return { code: isErrorCode(body.code) ? body.code : undefined, error: body.error ?? '' };
  } catch {
    return { code: undefined, error: '' };
  }
}

const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENOENT']);

function failure(error: unknown): Attempt {
  // What lies in a client's shared memory and cannot be read.
  if (error instanceof ShoalError) return { outcome: 'failed', host: '', error };
  const { code = '' } = error as { code?: string };
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
    return lateAttempt('');
  }
  if (error instanceof errors.HTTPParserError) return { outcome: 'broken', cause: String(error) };
  const unreached = neverSent.has(code) || error instanceof errors.ConnectTimeoutError;
  return { outcome: unreached ? 'unreached' : 'lost', cause: String(error) };
}
