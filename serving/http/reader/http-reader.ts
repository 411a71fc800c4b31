import type { Socket } from 'node:net';
import { ShoalError } from '../../../core/errors';
import { portsOf } from '../connection-ports';
import type { Connections } from '../connections';
import type { Refuse } from '../refusal';
import type { Router } from '../router';
import type { Site } from '../server-exchange';
import type { HttpSettings } from '../settings';
import { withoutBase } from '../target';
import { createTurns } from '../turns';
import { AnswerHeads } from './answer-head';
import type { Head } from './head';
import { ReaderConnection, type ReaderServer } from './reader-connection';
import { readsOf } from './reads';
import { ReaderExchange } from './reader-exchange';

export interface HttpReaderParts {
  readonly settings: HttpSettings;
  readonly router: Router;
  readonly site: Site;
  readonly connections: Connections;
  readonly requestIds: (given: string | undefined) => string;
  /** A request has begun. */
  readonly started: () => void;
  /** Answers what is no request, and closes. */
  readonly refuse: Refuse;
  /** Reads a connection that nobody reads, and on which nothing is under way. */
  readonly readByNode: (socket: Socket) => void;
}

/** Reads HTTP/1.1 for the dialects' paths, and gives every other connection to `node:http`. */
export interface HttpReader {
  accept(socket: Socket): void;
  close(): void;
}

/** Requests with a body that are begun in one turn of the event loop: some milliseconds of work. */
const bodiesPerTurn = 64;

const faults = {
  malformed: ['malformed_body', 'What came is not an HTTP/1.1 request.'],
  'too large': [
    'headers_too_large',
    'The request line and headers are over the limit of this server.',
  ],
  late: ['body_timeout', 'The request did not arrive in time.'],
} as const;

export function createHttpReader(parts: HttpReaderParts): HttpReader {
  const { settings, connections } = parts;
  const heads = new AnswerHeads(settings.KEEP_ALIVE_MS);
  const open = new Set<ReaderConnection>();
  const server = serverOf(parts, heads, open);
  const limits = {
    keepAliveMs: settings.KEEP_ALIVE_MS,
    headersMs: settings.HEADERS_TIMEOUT_MS,
    bodyMs: settings.BODY_TIMEOUT_MS,
  };
  // One timer for all connections: a timer each costs more than looking at them now and then.
  const timer = setInterval(
    () => {
      heads.tick();
      const now = performance.now();
      for (const wire of open) wire.check(now, limits);
    },
    Math.min(1000, Math.ceil(Math.min(limits.keepAliveMs, limits.headersMs, limits.bodyMs) / 4)),
  ).unref();
  return {
    accept(socket) {
      const reads = readsOf(socket);
      portsOf(reads.socket);
      open.add(new ReaderConnection(reads, connections.add(reads.socket), server));
    },
    close() {
      clearInterval(timer);
    },
  };
}

/** What has no body is answered at once, whatever else came with it: health among it. */
function runner(router: Router): ReaderServer['run'] {
  const run = (exchange: ReaderExchange): void => {
    router.run(exchange, exchange.route);
  };
  const inTurns = createTurns(bodiesPerTurn, run);
  return (exchange) => {
    if (exchange.head.bodyLength === 0) run(exchange);
    else inTurns(exchange);
  };
}

function serverOf(
  parts: HttpReaderParts,
  heads: AnswerHeads,
  open: Set<ReaderConnection>,
): ReaderServer {
  const { settings, router, site, requestIds } = parts;
  const browsers = settings.CORS_ORIGINS !== 'none';
  const shared = { site, heads, maxBodyBytes: settings.MAX_BODY_BYTES };
  return {
    maxHeaderBytes: settings.MAX_HEADER_BYTES,
    begin(wire: ReaderConnection, head: Head) {
      // What pages of other origins ask is read by node:http, so that all else need not know of them.
      if (browsers && head.header('origin') !== undefined) return undefined;
      const target = withoutBase(head.target, settings.BASE_PATH);
      const route = target === undefined ? undefined : router.find(head.method, target);
      if (target === undefined || route === undefined) return undefined;
      const requestId = requestIds(head.header('x-request-id'));
      const exchange = new ReaderExchange(wire, head, { parts: shared, requestId, route });
      exchange.aim(target);
      wire.connection.open += 1;
      parts.started();
      return exchange;
    },
    run: runner(router),
    refuse(wire, why) {
      const [code, message] = faults[why];
      parts.refuse(new ShoalError(code, message), wire.socket);
    },
    handOver({ socket }, unread) {
      socket.pause();
      if (unread.length > 0) socket.unshift(unread);
      parts.readByNode(socket);
      socket.resume();
    },
    ended: (wire) => {
      open.delete(wire);
    },
  };
}
