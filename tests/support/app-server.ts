import type { RequestListener } from 'node:http';
import { silentLogger } from '../../core/logging';
import { readSettings } from '../../core/settings';
import type { Dialect } from '../../protocol/exchange';
import { BodyAllowance } from '../../serving/http/body-allowance';
import { createHttpServer } from '../../serving/http/server';
import { httpSettings, portSetting } from '../../serving/http/settings';

/** A service's HTTP server on a free port, without its data path unless dialects are given. */
export interface AppServer {
  readonly url: string;
  readonly port: number;
  close(): void;
}

export async function startAppServer(
  app: RequestListener,
  dialects: readonly Dialect[] = [],
): Promise<AppServer> {
  const settings = readSettings({ ...httpSettings, PORT: portSetting(0) }, {});
  const server = createHttpServer({
    settings,
    allowance: new BodyAllowance(settings.BODIES_MAX_BYTES),
    dialects,
    fallback: app,
    authorise: () => undefined,
    accessLog: { done: () => undefined },
    metrics: { started: () => undefined, done: () => undefined },
    logger: silentLogger(),
    ready: () => ({ ready: true, reason: '' }),
  });
  const { url, port } = await server.listen();
  return {
    url,
    port,
    close: () => {
      void server.stopAccepting();
      server.close();
    },
  };
}

/** An answer whose status and envelope agree, or an answer that is no JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON body; an empty object where it is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Fetches, and expects of every JSON answer with an envelope that its code is the status. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const body = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
  if (response.status >= 400 || 'http_status' in body) {
    expect(body['http_status']).toMatchObject({ code: response.status });
  }
  if (response.status >= 400) {
    expect(typeof body['error']).toBe('string');
    expect(typeof body['code']).toBe('string');
  }
  return { status: response.status, headers: response.headers, text, body };
}

/** A JSON body for `ask`. */
export function json(body: unknown, method = 'POST'): RequestInit {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}
