import type { RequestListener } from 'node:http';
import { silentLogger } from '../../core/logging';
import { readSettings } from '../../core/settings';
import type { Dialect, Exchange, ExchangeNotes, Handler } from '../../protocol/exchange';
import type { LoggedRequest } from '../../serving/http/access-log';
import { createAuthorisation } from '../../serving/http/authorisation';
import { BodyAllowance } from '../../serving/http/body-allowance';
import { createHttpServer, type HttpServer } from '../../serving/http/server';
import { httpSettings, portSetting } from '../../serving/http/settings';

/** What the server told its access log and metrics of one request. */
export interface Told {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly notes: ExchangeNotes;
}

export interface TestServer {
  readonly server: HttpServer;
  readonly port: number;
  readonly url: string;
  readonly told: readonly Told[];
  readonly inFlight: () => number;
}

export interface TestServerParts {
  /** Settings as in the environment; LISTEN_HOST and PORT are given. */
  readonly env?: Record<string, string>;
  readonly dialects?: readonly Dialect[];
  readonly fallback?: RequestListener;
  readonly ready?: () => { ready: boolean; reason: string };
}

const running: HttpServer[] = [];

/** A server on a free port of loopback. End it with `closeTestServers` in afterEach. */
export async function startTestServer(parts: TestServerParts = {}): Promise<TestServer> {
  const shape = { ...httpSettings, PORT: portSetting(0) };
  const settings = readSettings(shape, parts.env ?? {});
  const logger = silentLogger();
  const told: Told[] = [];
  let inFlight = 0;
  const server = createHttpServer({
    settings,
    allowance: new BodyAllowance(settings.BODIES_MAX_BYTES),
    dialects: parts.dialects ?? [echoDialect()],
    fallback: parts.fallback ?? ((_request, response) => response.writeHead(404).end()),
    authorise: createAuthorisation(settings, logger),
    accessLog: {
      done({ method, path, notes }: LoggedRequest, status) {
        told.push({ method, path, status, notes });
      },
    },
    metrics: { started: () => (inFlight += 1), done: () => (inFlight -= 1) },
    logger,
    ready: parts.ready ?? (() => ({ ready: true, reason: '' })),
  });
  running.push(server);
  const { port, url } = await server.listen();
  return { server, port, url, told, inFlight: () => inFlight };
}

export function closeTestServers(): void {
  for (const server of running.splice(0)) {
    void server.stopAccepting();
    server.close();
  }
}

/** Answers one path with a handler. */
export function dialectFor(path: string, handler: Handler): Dialect {
  return {
    name: 'test',
    status: 'http',
    operations: [],
    match: (_m, p) => (p === path ? handler : undefined),
  };
}

/** `/echo` answers the body it got. */
export function echoDialect(): Dialect {
  return dialectFor('/echo', async (exchange: Exchange) => {
    exchange.reply(200, { 'content-type': 'text/plain' }, await exchange.body());
  });
}
