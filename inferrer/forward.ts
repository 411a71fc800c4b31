import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import httpProxy from 'http-proxy';
import { ShoalError } from '../core/errors';
import { stepHeader, uploadStepOf, type UploadStep } from '../protocol/cluster/upload-step';
import { uploadTooLarge } from '../serving/upload-limit';
import type { HostAnswer } from './models/host-reply';

/** Where a request is passed on to. */
export interface ForwardTarget {
  /** The host's root, e.g. `http://10.0.0.3:8000`. */
  readonly url: string;
  /** Path and query there. */
  readonly path: string;
  /** Headers to set; the cluster's own are taken off what the client sent. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A request as it came and the response to answer on. */
export interface Forwarded {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface ForwardOptions {
  readonly clusterSecret: string;
  readonly uploadMaxBytes: number;
  /** Milliseconds without a byte from the host after which it is given up. */
  readonly idleMs: number;
}

/** Told of an upload while it goes on. */
export interface UploadWatch {
  /** How many bytes have come so far. */
  readonly onBytes: (bytes: number) => void;
  /** What the host has done. */
  readonly onStep: (step: UploadStep) => void;
}

/** Passes streams on to a host, neither decoded nor kept in memory. */
export interface Forward {
  /**
   * Streams the request to a host and resolves with the host's answer, for the caller to go on
   * with. Rejects with too_large, host_lost or client_closed.
   */
  upload(via: Forwarded, target: ForwardTarget, watch?: UploadWatch): Promise<HostAnswer>;
  /**
   * Passes the request to a host and the host's answer, whatever it is, to the client; resolves
   * when that is over. Rejects with host_lost while nothing has been answered yet. An answer that
   * breaks off breaks the client's connection, so that it cannot be taken for a whole one.
   */
  pass(via: Forwarded, target: ForwardTarget): Promise<void>;
}

/** Longest answer to an upload that is read, in bytes. */
const maxAnswerBytes = 1024 * 1024;

export function createForward(options: ForwardOptions): Forward {
  return {
    upload: (via, target, watch) => uploaded(via, target, { ...options, watch }),
    pass: (via, target) => passed(via, target, options),
  };
}

interface UploadOptions extends ForwardOptions {
  readonly watch: UploadWatch | undefined;
}

function uploaded(
  via: Forwarded,
  target: ForwardTarget,
  options: UploadOptions,
): Promise<HostAnswer> {
  const { uploadMaxBytes, watch } = options;
  const declared = Number(via.request.headers['content-length'] ?? 0);
  if (declared > uploadMaxBytes) return Promise.reject(uploadTooLarge(uploadMaxBytes));
  return new Promise((resolve, reject) => {
    const stop = proxied(via, target, {
      options,
      selfHandleResponse: true,
      failed: reject,
      told(headers) {
        const step = uploadStepOf(headers[stepHeader]);
        if (step !== undefined) watch?.onStep(step);
      },
      answered(answer) {
        readAnswer(answer).then(resolve, reject);
      },
    });
    let bytes = 0;
    via.request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= uploadMaxBytes) {
        watch?.onBytes(bytes);
        return;
      }
      reject(uploadTooLarge(uploadMaxBytes));
      stop();
    });
  });
}

function passed(via: Forwarded, target: ForwardTarget, options: ForwardOptions): Promise<void> {
  const { response } = via;
  return new Promise((resolve, reject) => {
    response.once('close', resolve);
    proxied(via, target, {
      options,
      selfHandleResponse: false,
      failed(error) {
        if (response.headersSent) response.destroy();
        else reject(error);
      },
      answered(answer) {
        for (const name of hopByHop) Reflect.deleteProperty(answer.headers, name);
        answer.once('close', () => {
          if (!answer.complete) response.destroy();
        });
      },
    });
  });
}

interface Proxying {
  readonly options: ForwardOptions;
  readonly selfHandleResponse: boolean;
  readonly failed: (error: ShoalError) => void;
  /** What the host says before its answer. */
  readonly told?: (headers: IncomingHttpHeaders) => void;
  readonly answered: (answer: IncomingMessage) => void;
}

/** Sends one request through http-proxy. Returns a function that gives it up. */
function proxied(
  { request, response }: Forwarded,
  target: ForwardTarget,
  { options, selfHandleResponse, failed, told, answered }: Proxying,
): () => void {
  const { clusterSecret, idleMs } = options;
  const given = new AbortController();
  const proxy = httpProxy.createProxyServer({
    target: `${target.url}${target.path}`,
    ignorePath: true,
    changeOrigin: true,
    xfwd: false,
    proxyTimeout: idleMs,
    selfHandleResponse,
  });
  proxy.on('proxyReq', (outgoing) => {
    if (given.signal.aborted) outgoing.destroy();
    else given.signal.addEventListener('abort', () => outgoing.destroy());
    outgoing.on('information', ({ headers }) => told?.(headers));
  });
  proxy.on('proxyRes', answered);
  proxy.on('econnreset', () => {
    failed(clientClosed());
  });
  response.once('close', () => {
    if (response.writableFinished) return;
    failed(clientClosed());
    given.abort();
  });
  const secret = clusterSecret === '' ? {} : { 'shoal-cluster-secret': clusterSecret };
  const headers = request.headers;
  // http-proxy copies all headers there are while `web` runs; it has no way to leave some out.
  request.headers = { ...endToEnd(headers), ...target.headers, ...secret };
  proxy.web(request, response, {}, (cause) => {
    failed(hostLost(cause));
  });
  request.headers = headers;
  return () => {
    given.abort();
  };
}

const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
];

/**
 * What of a client's headers goes on to a host: nothing that is about this connection, nothing in
 * the cluster's own names, no word on where it came from, and no token, which is the inferrer's.
 */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const dropped = new Set([...hopByHop, ...named, 'expect', 'authorization', 'forwarded']);
  const kept = Object.entries(headers).filter(
    ([name]) => !dropped.has(name) && !/^(shoal|x-forwarded)-/.test(name),
  );
  return Object.fromEntries(kept);
}

function readAnswer(answer: IncomingMessage): Promise<HostAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxAnswerBytes) chunks.push(chunk);
    });
    answer.once('close', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const retryAfter = answer.headers['retry-after'] ?? '';
      if (answer.complete) resolve({ status: answer.statusCode ?? 502, text, retryAfter });
      else reject(hostLost(new Error('its answer broke off')));
    });
  });
}

function clientClosed(): ShoalError {
  return new ShoalError('client_closed', 'The caller closed the connection.');
}

function hostLost(cause: unknown): ShoalError {
  return new ShoalError(
    'host_lost',
    'The modelhost could not be reached or died before it had answered; try again.',
    { cause, retryAfter: 1 },
  );
}
