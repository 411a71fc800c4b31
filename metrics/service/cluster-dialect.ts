import { httpStatus } from '../../core/envelope';
import { ShoalError } from '../../core/errors';
import type { Dialect, Exchange, Handler } from '../../protocol/exchange';
import { contentTypes, writeFamilies } from '../exposition';
import type { Metrics } from '../metrics';
import { readExposition } from '../read-exposition';
import type { ClusterView } from './cluster-view';
import { mergeScrapes } from './merge';
import { clusterOperations } from './operations';
import type { ClusterProcess } from './processes';
import { summaryBody } from './summary';
import { targetGroups } from './targets';

const json = { 'content-type': 'application/json' };

export interface ClusterDialectParts {
  readonly view: ClusterView;
  /** This service's own metrics. */
  readonly metrics: Metrics;
  readonly basePath: string;
}

/** What the metrics service knows of the cluster: all metrics, a summary, Prometheus' targets. */
export function createClusterDialect({ view, metrics, basePath }: ClusterDialectParts): Dialect {
  const routes: Readonly<Record<string, Handler>> = {
    async '/metrics/cluster'(exchange) {
      const process = self(exchange, basePath);
      const families = readExposition(await metrics.write('text'));
      const merged = mergeScrapes([...(await view.scrape()), { process, families }]);
      exchange.reply(200, { 'content-type': contentTypes.text }, writeFamilies(merged, 'text'));
    },
    async '/targets'(exchange) {
      const processes = [...(await view.processes()), self(exchange, basePath)];
      exchange.reply(200, json, JSON.stringify(targetGroups(processes)));
    },
    async '/api/v1/cluster'(exchange) {
      const { source, numbers, processes } = await view.summary();
      const body = summaryBody(source, numbers, processes);
      const status = httpStatus(200, 'The cluster in numbers.');
      exchange.reply(200, json, JSON.stringify({ http_status: status, ...body }));
    },
  };
  return {
    name: 'metrics',
    status: 'http',
    operations: clusterOperations,
    match(method, path) {
      const handler = Object.hasOwn(routes, path) ? routes[path] : undefined;
      if (handler === undefined || method === 'GET') return handler;
      throw new ShoalError('method_not_allowed', `${path}: wanted GET, came ${method}.`, {
        headers: { allow: 'GET, HEAD' },
      });
    },
  };
}

/**
 * This service under the address by which the caller reaches it, because Prometheus will reach it
 * by the same. It is only told back, never called: what a caller says is no place to send secrets.
 */
function self(exchange: Exchange, basePath: string): ClusterProcess {
  const host = exchange.header('host') ?? '';
  const address = URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).host : 'localhost';
  const instance = /:\d+$/.test(address) ? address : `${address}:80`;
  const url = `http://${instance}${basePath}`;
  return { role: 'metrics', id: '', instance, url, ready: true, draining: false };
}
