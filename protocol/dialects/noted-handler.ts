import { ShoalError } from '../../core/errors';
import type { Handler } from '../exchange';

/** The handler, which notes for which dialect it answers. */
export function notedAs(dialect: string, handler: Handler): Handler {
  return (exchange) => {
    exchange.notes.dialect = dialect;
    return handler(exchange);
  };
}

/** The handler for the method that its path takes. Throws method_not_allowed for others. */
export function onlyFor(allowed: 'GET' | 'POST', method: string, handler: Handler): Handler {
  if (method === allowed) return handler;
  throw new ShoalError('method_not_allowed', `Method Not Allowed: wanted ${allowed}.`, {
    headers: { allow: allowed },
  });
}
