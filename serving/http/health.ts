import { ShoalError } from '../../core/errors';
import type { Dialect, Exchange } from '../../protocol/exchange';
import { healthOperations } from './own-operations';

/** Whether this process can do its work, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  /** '' when ready. */
  readonly reason: string;
}

const json = { 'content-type': 'application/json' };

/** `/health/live`: the process answers. `/health/ready`: it can do its work, else 503. */
export function createHealth(ready: () => Readiness): Dialect {
  function live(exchange: Exchange): void {
    exchange.reply(200, json, '{"live":true}');
  }
  function readiness(exchange: Exchange): void {
    const state = ready();
    if (!state.ready) throw new ShoalError('not_ready', state.reason);
    exchange.reply(200, json, '{"live":true,"ready":true}');
  }
  return {
    name: 'health',
    status: 'http',
    operations: healthOperations,
    match(method, path) {
      if (path !== '/health/live' && path !== '/health/ready') return undefined;
      if (method !== 'GET') {
        throw new ShoalError('method_not_allowed', `${path}: wanted GET, came ${method}.`, {
          headers: { allow: 'GET, HEAD' },
        });
      }
      return path === '/health/live' ? live : readiness;
    },
  };
}
