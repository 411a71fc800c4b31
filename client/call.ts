import { delayBefore, type Retries } from './retries.js';
import { ServerError } from './server-error.js';

/** What every call may say for itself. */
export interface CallOptions {
  /** Milliseconds that the caller waits in all, retries included. */
  readonly timeoutMs?: number;
  /** Ends the call early. */
  readonly signal?: AbortSignal;
}

/** How calls reach a server. */
export interface Way {
  /** Base URL, with the base path if there is one, without a slash at its end. */
  readonly url: string;
  readonly token: string | undefined;
  readonly timeoutMs: number;
  readonly retries: Retries;
  readonly fetch: typeof fetch;
  readonly dice: () => number;
}

/** One request. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Without the base URL, with a slash at its beginning. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: NonNullable<RequestInit['body']>;
  /** Asked twice, it does no more than asked once. */
  readonly repeatable: boolean;
}

/** An answer, all of which has come. */
export interface Answer {
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export function jsonOf({ bytes }: Answer): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}

/**
 * Calls, again where that helps and time is left, and resolves with the answer. Rejects with a
 * ServerError, with the TypeError of `fetch` where none came or it broke off, and with the signal's reason, a
 * DOMException named TimeoutError where the time is over.
 */
export async function send(way: Way, call: Call, options: CallOptions = {}): Promise<Answer> {
  const timeoutMs = timerMs(options.timeoutMs ?? way.timeoutMs);
  const deadline = performance.now() + timeoutMs;
  const timer = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? timer : AbortSignal.any([timer, options.signal]);
  for (let tried = 1; ; tried += 1) {
    try {
      return await once(way, call, { signal, leftMs: deadline - performance.now() });
    } catch (error) {
      signal.throwIfAborted();
      const delayMs = call.repeatable
        ? delayBefore(error, tried, way.retries, way.dice)
        : undefined;
      if (delayMs === undefined || performance.now() + delayMs >= deadline) throw error;
      await pause(delayMs, signal);
    }
  }
}

/** Longest time that timers take: 25 days. */
const longestMs = 2 ** 31 - 1;

/** A timer takes whole milliseconds only; `Infinity` waits as long as one can. */
function timerMs(timeoutMs: number): number {
  return Math.min(Math.ceil(timeoutMs), longestMs);
}

async function once(
  { url, token, fetch }: Way,
  { method, path, headers, body }: Call,
  { signal, leftMs }: { readonly signal: AbortSignal; readonly leftMs: number },
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      'shoal-timeout-ms': String(Math.max(1, Math.ceil(leftMs))),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
    signal,
  });
  if (response.ok) {
    return { headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
  }
  throw new ServerError(response, await response.text());
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', aborted);
      resolve();
    }, ms);
    signal.addEventListener('abort', aborted, { once: true });
  });
}
