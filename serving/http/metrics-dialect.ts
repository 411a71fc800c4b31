import { ShoalError } from '../../core/errors';
import { chooseFormat, contentTypes } from '../../metrics/exposition';
import type { Metrics } from '../../metrics/metrics';
import type { Dialect, Exchange } from '../../protocol/exchange';
import { metricsOperations } from './own-operations';

/**
 * `/metrics` in Prometheus' text or OpenMetrics form, as Accept says; `/metrics/triton` with
 * Triton's names. POST is taken, too, because FRACTAL's clients use it.
 */
export function createMetricsDialect(metrics: Metrics): Dialect {
  async function own(exchange: Exchange): Promise<void> {
    const format = chooseFormat(exchange.header('accept'));
    const text = await metrics.write(format);
    exchange.reply(200, { 'content-type': contentTypes[format] }, text);
  }
  function triton(exchange: Exchange): void {
    exchange.reply(200, { 'content-type': contentTypes.text }, metrics.writeTriton());
  }
  return {
    name: 'metrics',
    status: 'http',
    operations: metricsOperations,
    match(method, path) {
      const handler = { '/metrics': own, '/metrics/': own, '/metrics/triton': triton }[path];
      if (handler === undefined || method === 'GET' || method === 'POST') return handler;
      throw new ShoalError('method_not_allowed', `${path}: wanted GET, came ${method}.`, {
        headers: { allow: 'GET, HEAD, POST' },
      });
    },
  };
}
