import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { IncomingMessage } from 'node:http';
import { asShoalError, ShoalError, type ErrorCode, type StatusDialect } from '../../core/errors';
import type { Exchange } from '../../protocol/exchange';

const exchanges = new WeakMap<IncomingMessage, Exchange>();

/** Makes the exchange of a request that Express handles known to its handlers. */
export function announce(request: IncomingMessage, exchange: Exchange): void {
  exchanges.set(request, exchange);
}

/** The exchange of a request in Express, e.g. for its id and its notes. */
export function exchangeOf(request: IncomingMessage): Exchange {
  const exchange = exchanges.get(request);
  if (exchange === undefined) throw new Error('this request did not come through the HTTP server');
  return exchange;
}

/** The last route of an Express app: what nobody knows is 404 with the error body. */
export const unknownRoute: RequestHandler = (request, _response, next) => {
  next(new ShoalError('unknown_route', `There is nothing at ${request.method} ${request.path}.`));
};

/** The error handler of an Express app: answers with the one error body. */
export function createErrorHandler(statusOf: (path: string) => StatusDialect): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) next(error);
    else exchangeOf(request).fail(translated(error), statusOf(request.path));
  };
}

const bodyFaults: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  'entity.parse.failed': ['malformed_body', 'The body is not JSON.'],
  'encoding.unsupported': ['unsupported_encoding', 'Content-Encoding: wanted gzip or deflate.'],
  'charset.unsupported': ['unsupported_media_type', 'The body: wanted UTF-8.'],
  'request.aborted': ['client_closed', 'The caller closed the connection.'],
  'request.size.invalid': ['malformed_body', 'The body is not as long as Content-Length says.'],
};

/** Errors of Express and its body parser, in our words. */
function translated(error: unknown): ShoalError {
  if (error instanceof URIError) {
    return new ShoalError('invalid_request', 'The path has a percent sign that encodes nothing.');
  }
  const { type, limit, length } = (error ?? {}) as {
    type?: string;
    limit?: number;
    length?: number;
  };
  if (type === 'entity.too.large') {
    const came = length === undefined ? 'more' : String(length);
    return new ShoalError(
      'too_large',
      `The body: wanted at most ${limit ?? 0} bytes, came ${came}.`,
    );
  }
  const known = type === undefined ? undefined : bodyFaults[type];
  return known === undefined ? asShoalError(error) : new ShoalError(known[0], known[1]);
}
