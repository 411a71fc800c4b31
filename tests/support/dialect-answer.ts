import { errorBody, errorHeaders } from '../../core/envelope';
import { asShoalError, statusOf } from '../../core/errors';
import type { Dialect, ExchangeNotes } from '../../protocol/exchange';
import { fakeExchange, type FakeCall, type FakeReply } from './fake-exchange';

/** What a dialect answered, with what it noted for the access log. */
export interface DialectAnswer extends FakeReply {
  readonly notes: ExchangeNotes;
}

/**
 * Has a dialect answer a call as the server would: what it throws becomes an error answer.
 * Undefined where the path is not its own.
 */
export async function answerOf(
  dialect: Dialect,
  call: FakeCall,
): Promise<DialectAnswer | undefined> {
  const replies: FakeReply[] = [];
  const exchange = fakeExchange(call, (reply) => replies.push(reply));
  try {
    const handler = dialect.match(exchange.method, exchange.path);
    if (handler === undefined) return undefined;
    await handler(exchange);
  } catch (thrown) {
    const error = asShoalError(thrown);
    const headers = { ...errorHeaders(error), 'content-type': 'application/json' };
    const body = JSON.stringify(errorBody(error, dialect.status));
    exchange.reply(statusOf(error.code, dialect.status), headers, body);
  }
  const [reply, ...more] = replies;
  if (reply === undefined || more.length > 0) throw new Error(`${replies.length} replies`);
  return { ...reply, notes: exchange.notes };
}
