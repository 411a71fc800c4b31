import type { RunningService } from '../../core/lifecycle';
import type { Logger } from '../../core/logging';
import { ShoalError } from '../../core/errors';
import { createAccessLog } from '../../serving/http/access-log';
import { createAuthorisation } from '../../serving/http/authorisation';
import { BodyAllowance } from '../../serving/http/body-allowance';
import { exchangeOf } from '../../serving/http/express';
import { createMetricsDialect } from '../../serving/http/metrics-dialect';
import { createHttpServer, type HttpServer } from '../../serving/http/server';
import { warnIfOpen } from '../../serving/http/settings';
import { Metrics } from '../metrics';
import { createClusterDialect } from './cluster-dialect';
import { createClusterView, type ClusterView } from './cluster-view';
import { createFetchText } from './fetch-text';
import type { MetricsSettings } from './settings';

/** The metrics service, listening. */
export interface MetricsService extends RunningService {
  readonly url: string;
}

/** Starts the metrics service; resolves when it listens. */
export async function startMetricsService(
  settings: MetricsSettings,
  version: string,
  logger: Logger,
): Promise<MetricsService> {
  const limits = { timeoutMs: settings.SCRAPE_TIMEOUT_MS, maxBytes: settings.SCRAPE_MAX_BYTES };
  const fetchText = createFetchText(limits, settings.CLUSTER_SECRET);
  const view = createClusterView({ settings, fetchText });
  const metrics = new Metrics({ role: 'metrics', version });
  const server = createServer(settings, { metrics, view, version, logger });
  metrics.gauge('shoal_http_connections', () => [[{}, server.connections()]]);
  warnIfOpen(settings, logger);
  const { url } = await server.listen();
  view.start();
  logger.info({ url, inferrer: settings.INFERRER_URL }, 'metrics service listens');
  return { url, stopSteps: stopSteps(server, view, settings.DRAIN_MS) };
}

interface Inside {
  readonly metrics: Metrics;
  readonly view: ClusterView;
  readonly version: string;
  readonly logger: Logger;
}

function createServer(settings: MetricsSettings, inside: Inside): HttpServer {
  const { metrics, view, logger } = inside;
  return createHttpServer({
    settings,
    allowance: new BodyAllowance(settings.BODIES_MAX_BYTES),
    dialects: [
      createMetricsDialect(metrics),
      createClusterDialect({ view, metrics, basePath: settings.BASE_PATH }),
    ],
    fallback: (request) => {
      const exchange = exchangeOf(request);
      const message = 'There is /metrics, /metrics/cluster, /api/v1/cluster and /targets.';
      exchange.fail(new ShoalError('unknown_route', message), 'http');
    },
    described: { title: 'Shoal metrics', version: inside.version, operations: [] },
    authorise: createAuthorisation(settings, logger),
    accessLog: createAccessLog(settings, logger),
    metrics: metrics.requests,
    logger,
    ready: () => ({ ready: true, reason: '' }),
  });
}

function stopSteps(
  server: HttpServer,
  view: ClusterView,
  drainMs: number,
): MetricsService['stopSteps'] {
  return [
    {
      name: 'scraping',
      run: () => {
        view.stop();
      },
    },
    { name: 'stop accepting', run: () => server.stopAccepting() },
    { name: 'drain', run: () => server.drain(drainMs) },
    {
      name: 'server',
      run: () => {
        server.close();
      },
    },
  ];
}
