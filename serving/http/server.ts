import type { RequestListener } from 'node:http';
import type { Logger } from '../../core/logging';
import type { Dialect } from '../../protocol/exchange';
import type { AdmitClient } from '../limits/client-limit';
import type { AccessLog } from './access-log';
import type { Authorise } from './authorisation';
import type { BodyAllowance } from './body-allowance';
import { createBodyMemory } from './body-memory';
import { Bodies } from './bodies';
import { closeListener } from './close-listener';
import { Connections } from './connections';
import type { Readiness } from './health';
import { listen, type Listening } from './listen';
import { createNodeServer } from './node-server';
import { createHttpReader } from './reader/http-reader';
import { createRefusal } from './refusal';
import { createRequestIds } from './request-id';
import type { RequestMetrics } from './request-observer';
import { createRouter, type Described } from './router';
import { createSendWatch } from './send-watch';
import type { Site } from './server-exchange';
import type { HttpSettings } from './settings';

export interface HttpServerParts {
  readonly settings: HttpSettings & { readonly PORT: number };
  /** What request bodies take, here and wherever else the process listens. */
  readonly allowance: BodyAllowance;
  /** Asked in this order, on the data path. */
  readonly dialects: readonly Dialect[];
  /** Everything else: the Express app. Sees the path without the base path. */
  readonly fallback: RequestListener;
  /** What `/openapi.json` says of the process and its fallback; absent: there is none. */
  readonly described?: Described | undefined;
  readonly authorise: Authorise;
  /** Refuses clients that ask too much; without it nobody is. */
  readonly admit?: AdmitClient | undefined;
  readonly accessLog: AccessLog;
  readonly metrics: RequestMetrics;
  readonly logger: Logger;
  readonly ready: () => Readiness;
}

/** The HTTP server of a service. It stops in the order stopAccepting, drain, close. */
export interface HttpServer {
  /** Rejects with a SettingsError that names the setting to change. */
  listen(): Promise<Listening>;
  /** Takes no connections but those that are there; once they are taken, answers close theirs. */
  stopAccepting(): Promise<void>;
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
  const { settings, metrics } = parts;
  const connections = new Connections();
  const sendWatch = createSendWatch(() => connections.sockets(), settings.SEND_TIMEOUT_MS);
  const bodies = new Bodies(settings, parts.allowance);
  const site = createSite(parts, bodies);
  const requestIds = createRequestIds();
  const inside = {
    settings,
    connections,
    site,
    requestIds,
    router: createRouter(parts, bodies),
    refuse: createRefusal(parts, connections, requestIds),
    started: () => {
      metrics.started();
    },
  };
  const { server, readByNode } = createNodeServer(inside);
  const reader = createHttpReader({ ...inside, readByNode });
  server.on('connection', (socket) => {
    reader.accept(socket);
  });
  return {
    listen: () => listen(server, settings),
    async stopAccepting() {
      await closeListener(server);
      // Not before: whoever is told by an answer connects elsewhere, and shall not come here again.
      site.closing = true;
    },
    drain: (deadlineMs) => connections.drained(Math.min(lingerMs, deadlineMs), deadlineMs),
    close() {
      server.close();
      reader.close();
      sendWatch.close();
      connections.destroyAll();
      bodies.close();
    },
    connections: () => connections.size,
  };
}

function createSite(parts: HttpServerParts, bodies: Bodies): Site & { closing: boolean } {
  const { metrics, accessLog, logger } = parts;
  return {
    closing: false,
    memory: createBodyMemory(),
    readBody: (exchange, source) => bodies.read(exchange, source),
    finished(exchange, status) {
      exchange.connection.open -= 1;
      bodies.release(exchange);
      const ms = performance.now() - exchange.arrivedAt;
      metrics.done(exchange.notes, status, ms / 1000, exchange);
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
