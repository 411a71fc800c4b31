import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { Server, ServerOptions, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { ShoalError } from '../../core/errors';
import type { Logger } from '../../core/logging';
import type { Dialect, ExchangeNotes } from '../../protocol/exchange';
import type { AccessLog } from './access-log';
import type { Authorise } from './authorisation';
import { Bodies } from './bodies';
import { answerRaw, faultOf, unreadable } from './broken-request';
import { Connections } from './connections';
import type { Readiness } from './health';
import { HttpExchange, type Site } from './http-exchange';
import { listen, type Listening } from './listen';
import { createRequestIds } from './request-id';
import { createRouter } from './router';
import type { HttpSettings } from './settings';

/** What the server tells of its requests; see metrics/. */
export interface RequestMetrics {
  started(): void;
  done(notes: ExchangeNotes, status: number, seconds: number): void;
}

export interface HttpServerParts {
  readonly settings: HttpSettings & { readonly PORT: number };
  /** Asked in this order, on the data path. */
  readonly dialects: readonly Dialect[];
  /** Everything else: the Express app. Sees the path without the base path. */
  readonly fallback: RequestListener;
  readonly authorise: Authorise;
  readonly accessLog: AccessLog;
  readonly metrics: RequestMetrics;
  readonly logger: Logger;
  readonly ready: () => Readiness;
}

/** The HTTP server of a service. It stops in the order stopAccepting, drain, close. */
export interface HttpServer {
  /** Rejects with a SettingsError that names the setting to change. */
  listen(): Promise<Listening>;
  /** Takes no new connections; answers from now on close theirs. */
  stopAccepting(): void;
  /** Waits until every request is answered, at most so many milliseconds. */
  drain(deadlineMs: number): Promise<void>;
  /** Cuts off what is left. */
  close(): void;
  /** How many connections are open. */
  connections(): number;
}

/** How long a stopping server lets idle connections learn of it by a last answer. */
const lingerMs = 500;

export function createHttpServer(parts: HttpServerParts): HttpServer {
  const { settings } = parts;
  const connections = new Connections();
  const bodies = new Bodies(settings);
  const site = createSite(parts, bodies);
  const server = createNodeServer(parts, { connections, bodies, site });
  return {
    listen: () => listen(server, settings),
    stopAccepting() {
      site.closing = true;
      // Not http's own close: that would cut off idle connections on which a request may be coming.
      NetServer.prototype.close.call(server);
    },
    drain: (deadlineMs) => connections.drained(Math.min(lingerMs, deadlineMs), deadlineMs),
    close() {
      server.close();
      connections.destroyAll();
      bodies.close();
    },
    connections: () => connections.size,
  };
}

interface Inside {
  readonly connections: Connections;
  readonly bodies: Bodies;
  readonly site: Site;
}

function createNodeServer(parts: HttpServerParts, inside: Inside): Server {
  const { settings } = parts;
  const { connections, bodies, site } = inside;
  const requestIds = createRequestIds();
  const route = createRouter(parts, bodies);

  function begin(request: IncomingMessage, response: ServerResponse): HttpExchange {
    const connection = connections.of(request.socket);
    connection.open += 1;
    connection.latest = request;
    parts.metrics.started();
    const requestId = requestIds(request.headers['x-request-id'] as string | undefined);
    return new HttpExchange(request, response, { site, requestId, connection });
  }

  const server = createServer(optionsOf(settings), (request, response) => {
    route(begin(request, response), request);
  });
  server.maxRequestsPerSocket = 0;
  if (settings.MAX_CONNECTIONS > 0) server.maxConnections = settings.MAX_CONNECTIONS;
  server.on('connection', (socket: Socket) => connections.add(socket));
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    const exchange = begin(request, response);
    exchange.awaitsContinue = true;
    route(exchange, request);
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    begin(request, response).fail(unknownExpectation(request.headers.expect), 'http');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    refuse(error, socket, { connections, parts, requestIds });
  });
  return server;
}

function optionsOf(settings: HttpSettings): ServerOptions {
  return {
    keepAliveTimeout: settings.KEEP_ALIVE_MS,
    headersTimeout: settings.HEADERS_TIMEOUT_MS,
    // The bodies' own limit counts where they are read.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(1000, settings.HEADERS_TIMEOUT_MS),
    maxHeaderSize: settings.MAX_HEADER_BYTES,
    noDelay: true,
    insecureHTTPParser: false,
  };
}

function createSite(parts: HttpServerParts, bodies: Bodies): Site & { closing: boolean } {
  const { metrics, accessLog, logger } = parts;
  return {
    closing: false,
    readBody: (exchange, request) => bodies.read(exchange, request),
    finished(exchange, status) {
      exchange.connection.open -= 1;
      bodies.release(exchange);
      const ms = performance.now() - exchange.started;
      metrics.done(exchange.notes, status, ms / 1000);
      accessLog.done(exchange, status, ms);
    },
    faulted(exchange, error) {
      const id = exchange.requestId;
      logger.error(
        { err: error.details.cause ?? error, id, path: exchange.path },
        'request failed',
      );
    },
  };
}

interface RefuseParts {
  readonly connections: Connections;
  readonly parts: HttpServerParts;
  readonly requestIds: (given: string | undefined) => string;
}

/** Answers what the parser could not read, unless earlier requests on the connection still wait. */
function refuse(error: NodeJS.ErrnoException, socket: Socket, about: RefuseParts): void {
  const connection = about.connections.of(socket);
  if (error.code === 'ECONNRESET' || socket.destroyed) {
    socket.destroy();
    return;
  }
  if (connection.closing || socket.writableEnded) return;
  connection.closing = true;
  if (connection.open > 0 && connection.latest?.complete === true) return;
  const fault = faultOf(error);
  const { metrics, accessLog } = about.parts;
  const request = unreadable(about.requestIds(undefined), socket, fault);
  const status = answerRaw(socket, fault, request.requestId);
  // A request that had begun is counted where it ends.
  if (connection.open > 0) return;
  metrics.started();
  metrics.done(request.notes, status, 0);
  accessLog.done(request, status, 0);
}

function unknownExpectation(expect: string | undefined): ShoalError {
  return new ShoalError('invalid_request', `Expect: wanted 100-continue, came ${expect ?? ''}.`);
}
