import type { RequestListener } from 'node:http';
import { ShoalError, type StatusDialect } from '../../core/errors';
import type { Dialect, Handler } from '../../protocol/exchange';
import type { Operation } from '../../protocol/openapi/operation';
import { createDocumentsDialect } from '../openapi/documents-dialect';
import type { AdmitClient } from '../limits/client-limit';
import type { Authorise } from './authorisation';
import type { Bodies } from './bodies';
import { announce } from './express';
import { createHealth, type Readiness } from './health';
import type { NodeExchange } from './node-exchange';
import type { ServerExchange } from './server-exchange';
import { readTarget } from './target';

export interface RouterParts {
  readonly settings: { readonly BASE_PATH: string };
  readonly dialects: readonly Dialect[];
  readonly fallback: RequestListener;
  /** What the process tells of its routes; absent: nothing. */
  readonly described?: Described | undefined;
  readonly authorise: Authorise;
  /** Asked after it, where clients are limited. */
  readonly admit?: AdmitClient | undefined;
  readonly ready: () => Readiness;
}

/** What `/openapi.json` says beside what the dialects do. */
export interface Described {
  readonly title: string;
  readonly version: string;
  /** Those of the fallback. */
  readonly operations: readonly Operation[];
}

/** What a dialect does with a path: its handler, or what it threw at the method or the name. */
export interface Route {
  readonly dialect: Dialect;
  readonly handler: Handler | undefined;
  readonly thrown: unknown;
}

/** The one way of every request. Never throws; whatever goes wrong is answered. */
export interface Router {
  /** The route of a method and a path with query, base path taken off; undefined if no dialect has it. */
  find(method: string, target: string): Route | undefined;
  /** Answers on a route that was found, if the caller is authorised. */
  run(exchange: ServerExchange, route: Route): void;
  /** Path, authorisation, then the first dialect that knows the path, else the fallback. */
  pass(exchange: NodeExchange, url: string): void;
}

export function createRouter(parts: RouterParts, bodies: Bodies): Router {
  const { settings, authorise, admit } = parts;
  const find = finder(withDocuments(parts));

  function passOn(exchange: NodeExchange): void {
    exchange.notes.dialect = 'management';
    const { request, response } = exchange.handOver();
    announce(request, exchange);
    bodies.watchTransfer(request, (error) => {
      exchange.fail(error, 'http');
    });
    parts.fallback(request, response);
  }

  function authorised(exchange: ServerExchange): boolean {
    const { method, path } = exchange;
    const refusal = authorise(method, path, exchange) ?? admit?.(path, exchange);
    if (refusal !== undefined) exchange.fail(refusal, 'http');
    return refusal === undefined;
  }

  return {
    find,
    run(exchange, route) {
      if (authorised(exchange)) perform(exchange, route);
    },
    pass(exchange, url) {
      try {
        exchange.aim(readTarget(url, settings.BASE_PATH));
        if (!authorised(exchange)) return;
        const route = find(exchange.method, exchange.target);
        if (route === undefined) passOn(exchange);
        else perform(exchange, route);
      } catch (thrown) {
        exchange.failWith(thrown, 'http');
      }
    },
  };
}

/** The dialects of every process behind its own. */
function withDocuments({ settings, dialects, ready, described }: RouterParts): readonly Dialect[] {
  const all = [...dialects, createHealth(ready)];
  if (described === undefined) return all;
  const about = { ...described, basePath: settings.BASE_PATH };
  const operations = all.flatMap((dialect) => dialect.operations);
  return [...all, createDocumentsDialect(about, [...described.operations, ...operations])];
}

function finder(dialects: readonly Dialect[]): Router['find'] {
  return (method, target) => {
    const mark = target.indexOf('?');
    const path = mark === -1 ? target : target.slice(0, mark);
    const asked = method === 'HEAD' ? 'GET' : method;
    for (const dialect of dialects) {
      try {
        const handler = dialect.match(asked, path);
        if (handler !== undefined) return { dialect, handler, thrown: undefined };
      } catch (thrown) {
        return { dialect, handler: undefined, thrown };
      }
    }
    return undefined;
  };
}

function perform(exchange: ServerExchange, { dialect, handler, thrown }: Route): void {
  exchange.notes.dialect = dialect.name;
  if (handler !== undefined) {
    run(exchange, handler, dialect.status);
    return;
  }
  const allow = allowOf(thrown);
  if (exchange.method === 'OPTIONS' && allow !== undefined) exchange.reply(204, { allow }, '');
  else exchange.failWith(thrown, dialect.status);
}

function allowOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof ShoalError) || thrown.code !== 'method_not_allowed') return undefined;
  return thrown.details.headers?.['allow'] ?? thrown.details.headers?.['Allow'];
}

function run(exchange: ServerExchange, handler: Handler, status: StatusDialect): void {
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
