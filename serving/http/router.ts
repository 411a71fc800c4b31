import type { IncomingMessage, RequestListener } from 'node:http';
import { ShoalError, type StatusDialect } from '../../core/errors';
import type { Dialect, Handler } from '../../protocol/exchange';
import type { Authorise } from './authorisation';
import type { Bodies } from './bodies';
import { announce } from './express';
import { createHealth, type Readiness } from './health';
import type { HttpExchange } from './http-exchange';
import { readTarget } from './target';

export interface RouterParts {
  readonly settings: { readonly BASE_PATH: string };
  readonly dialects: readonly Dialect[];
  readonly fallback: RequestListener;
  readonly authorise: Authorise;
  readonly ready: () => Readiness;
}

/**
 * The one way of every request: path, authorisation, then the first dialect that knows the path,
 * else the fallback. Never throws; whatever goes wrong is answered.
 */
export function createRouter(
  parts: RouterParts,
  bodies: Bodies,
): (exchange: HttpExchange, request: IncomingMessage) => void {
  const { settings, authorise } = parts;
  const dialects = [...parts.dialects, createHealth(parts.ready)];

  function route(exchange: HttpExchange): void {
    const method = exchange.method === 'HEAD' ? 'GET' : exchange.method;
    for (const dialect of dialects) {
      const handler = find(exchange, dialect, method);
      if (exchange.answered) return;
      if (handler === undefined) continue;
      exchange.notes.dialect = dialect.name;
      run(exchange, handler, dialect.status);
      return;
    }
    passOn(exchange);
  }

  function passOn(exchange: HttpExchange): void {
    exchange.notes.dialect = 'management';
    const { request, response } = exchange.handOver();
    announce(request, exchange);
    bodies.watchTransfer(request, (error) => {
      exchange.fail(error, 'http');
    });
    parts.fallback(request, response);
  }

  return (exchange, request) => {
    try {
      exchange.aim(readTarget(request.url ?? '/', settings.BASE_PATH));
      const refusal = authorise(exchange.method, exchange.path, request.headers);
      if (refusal === undefined) route(exchange);
      else exchange.fail(refusal, 'http');
    } catch (thrown) {
      exchange.failWith(thrown, 'http');
    }
  };
}

/** The dialect's handler; a refusal of the method is answered at once, OPTIONS by it. */
function find(exchange: HttpExchange, dialect: Dialect, method: string): Handler | undefined {
  try {
    return dialect.match(method, exchange.path);
  } catch (thrown) {
    exchange.notes.dialect = dialect.name;
    const allow = allowOf(thrown);
    if (method === 'OPTIONS' && allow !== undefined) exchange.reply(204, { allow }, '');
    else exchange.failWith(thrown, dialect.status);
    return undefined;
  }
}

function allowOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof ShoalError) || thrown.code !== 'method_not_allowed') return undefined;
  return thrown.details.headers?.['allow'] ?? thrown.details.headers?.['Allow'];
}

function run(exchange: HttpExchange, handler: Handler, status: StatusDialect): void {
  try {
    const running = handler(exchange);
    if (running === undefined) {
      exchange.mustBeAnswered(status);
      return;
    }
    running.then(
      () => {
        exchange.mustBeAnswered(status);
      },
      (thrown: unknown) => {
        exchange.failWith(thrown, status);
      },
    );
  } catch (thrown) {
    exchange.failWith(thrown, status);
  }
}
