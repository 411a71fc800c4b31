import { send, type CallOptions, type Way } from './call.js';
import { inferAnswer, type InferAnswer } from './infer-answer.js';
import { inferBody, type InferTerms } from './infer-body.js';
import { createModels, type Models } from './models.js';
import { ServerError } from './server-error.js';
import { isUnreached, usualRetries, type Retries } from './retries.js';
import type { Input } from './tensor.js';

export interface ClientOptions {
  /** Where the server is, e.g. `http://127.0.0.1:8000`, with the base path if it has one. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  /**
   * Milliseconds that a call waits in all; 60,000 where it is not said. Uploads and downloads of models
   * take what they take, unless the call itself says how long.
   */
  readonly timeoutMs?: number;
  /** Two more tries where it is not said. Only calls that change nothing are repeated. */
  readonly retries?: Retries;
  /** In place of the platform's own. */
  readonly fetch?: typeof fetch;
  /** From 0 to below 1, to spread retries; `Math.random` where it is not said. */
  readonly dice?: () => number;
}

export interface InferOptions extends InferTerms, CallOptions {
  /** A number; the model's default version where it is not said. */
  readonly version?: number | string;
}

/** A Shoal server, or any other of the Open Inference Protocol as far as `infer` and the health go. */
export interface ShoalClient {
  /**
   * Runs a model on inputs by name. Rejects with a ServerError, with a TypeError for an input that is
   * none or a server that cannot be reached, and with the signal's reason or a TimeoutError.
   */
  infer(
    model: string,
    inputs: Readonly<Record<string, Input>>,
    options?: InferOptions,
  ): Promise<InferAnswer>;
  /** True where the server takes requests; false also where there is none. Rejects where no answer comes in time. */
  ready(options?: CallOptions): Promise<boolean>;
  readonly models: Models;
}

export function createClient(options: ClientOptions): ShoalClient {
  const way: Way = {
    url: options.url.replace(/\/+$/, ''),
    token: options.token,
    timeoutMs: options.timeoutMs ?? 60_000,
    retries: options.retries ?? usualRetries,
    // Browsers want their fetch called as a function of the window.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    dice: options.dice ?? Math.random,
  };
  return {
    async infer(model, inputs, options = {}) {
      const path = inferPath(model, options.version);
      const call = {
        method: 'POST',
        path,
        ...inferBody(inputs, options),
        repeatable: true,
      } as const;
      return inferAnswer(await send(way, call, options));
    },
    async ready(options) {
      try {
        const call = { method: 'GET', path: '/v2/health/ready', repeatable: false } as const;
        await send(way, call, options);
        return true;
      } catch (error) {
        if (error instanceof ServerError || isUnreached(error)) return false;
        throw error;
      }
    },
    models: createModels(way),
  };
}

function inferPath(model: string, version: number | string | undefined): string {
  const versions = version === undefined ? '' : `/versions/${encodeURIComponent(version)}`;
  return `/v2/models/${encodeURIComponent(model)}${versions}/infer`;
}
