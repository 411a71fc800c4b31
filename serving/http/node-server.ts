import { createServer, type IncomingMessage } from 'node:http';
import type { Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ShoalError } from '../../core/errors';
import { faultOf } from './broken-request';
import type { Connections } from './connections';
import { answerCors } from './cors';
import { NodeExchange } from './node-exchange';
import type { Refuse } from './refusal';
import type { Router } from './router';
import type { Site } from './server-exchange';
import type { HttpSettings } from './settings';

export interface NodeServerParts {
  readonly settings: HttpSettings;
  readonly connections: Connections;
  readonly site: Site;
  readonly requestIds: (given: string | undefined) => string;
  readonly router: Router;
  readonly refuse: Refuse;
  /** A request has begun. */
  readonly started: () => void;
}

export interface NodeServer {
  /** Accepts connections, and leaves to its listeners who reads them. */
  readonly server: Server;
  /** Has `node:http` read a connection that nobody reads, and on which nothing is under way. */
  readonly readByNode: (socket: Socket) => void;
}

interface Both {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The server of `node:http`, which reads only the connections that it is given. */
export function createNodeServer(parts: NodeServerParts): NodeServer {
  const { settings, router } = parts;
  const begin = beginner(parts);
  const pass = (exchange: NodeExchange, about: Both): void => {
    const { request } = about;
    if (lacksHost(request)) exchange.fail(noHostHeader(), 'http');
    else if (!answerCors(settings.CORS_ORIGINS, exchange, about)) {
      router.pass(exchange, request.url ?? '/');
    }
  };
  const server = createServer(optionsOf(settings), (request, response) => {
    pass(begin(request, response), { request, response });
  });
  server.maxRequestsPerSocket = 0;
  if (settings.MAX_CONNECTIONS > 0) server.maxConnections = settings.MAX_CONNECTIONS;
  const [read] = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    const exchange = begin(request, response);
    exchange.awaitsContinue = true;
    pass(exchange, { request, response });
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    begin(request, response).fail(unknownExpectation(request.headers.expect), 'http');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || socket.destroyed) socket.destroy();
    else parts.refuse(faultOf(error), socket);
  });
  return {
    server,
    readByNode(socket) {
      read?.call(server, socket);
    },
  };
}

function beginner({
  connections,
  site,
  requestIds,
  started,
}: NodeServerParts): (request: IncomingMessage, response: ServerResponse) => NodeExchange {
  return (request, response) => {
    const connection = connections.of(request.socket);
    connection.open += 1;
    connection.latest = request;
    started();
    const requestId = requestIds(request.headers['x-request-id'] as string | undefined);
    return new NodeExchange(request, response, { site, requestId, connection });
  };
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
    // Node's own answer to that has no body.
    requireHostHeader: false,
  };
}

function lacksHost({ headers, httpVersion }: IncomingMessage): boolean {
  return httpVersion === '1.1' && headers.host === undefined;
}

function noHostHeader(): ShoalError {
  return new ShoalError('malformed_body', 'HTTP/1.1 wants a header Host; none came.');
}

function unknownExpectation(expect: string | undefined): ShoalError {
  return new ShoalError('invalid_request', `Expect: wanted 100-continue, came ${expect ?? ''}.`);
}
