import type { Logger } from '../core/logging';
import type { Metrics } from '../metrics/metrics';
import type { DispatchObserver } from '../serving/dispatch/dispatcher';
import { circuitOf, circuits } from '../serving/dispatch/health';
import { createSampler } from '../serving/http/sampler';
import type { ClusterEvents } from './events/cluster-events';
import { hostLines } from './host-lines';
import type { HostDirectory } from './hosts/host-directory';

/** Lines of the log about retries, at most so many a second. */
const retriesLogged = 10;

/**
 * Counts tries, retries and ejections of hosts; ejections and retries are also logged. What follows of
 * ejections is looked for among the events.
 */
export function observeDispatch(
  metrics: Metrics,
  events: Pick<ClusterEvents, 'look'>,
  logger: Logger,
): DispatchObserver {
  const sample = createSampler(retriesLogged);
  return {
    attempt(host, outcome) {
      metrics.count('shoal_attempts_total', { host, outcome });
    },
    ejected(host, outcome, cause) {
      metrics.count('shoal_ejections_total', { host, cause: outcome });
      logger.warn({ host, outcome, cause }, hostLines.leftOut);
      events.look();
    },
    readmitted(host) {
      logger.info({ host }, 'a modelhost that was left out answers again');
      events.look();
    },
    retried(outcome, requests) {
      metrics.count('shoal_retries_total', { outcome });
      if (!sample(performance.now())) return;
      if (outcome === 'budget') logger.warn({ requests }, 'no retry: the budget is spent');
      else logger.info({ outcome, requests }, 'a batch is sent again');
    },
  };
}

/** Circuit breakers of each host's places by state, read at each scrape. */
export function watchCircuits(metrics: Metrics, directory: HostDirectory): void {
  metrics.gauge('shoal_host_circuits', () => {
    const now = performance.now();
    return directory
      .places()
      .flatMap(({ id, places }) =>
        circuits.map((state): [{ host: string; state: string }, number] => [
          { host: id, state },
          places.filter((place) => circuitOf(place.health, now) === state).length,
        ]),
      );
  });
}

/** Known hosts by state, read at each scrape. */
export function watchHosts(metrics: Metrics, directory: HostDirectory): void {
  metrics.gauge('shoal_hosts', () => {
    const hosts = directory.hosts();
    const ready = hosts.filter((host) => host.ready).length;
    const draining = hosts.filter((host) => host.draining).length;
    return [
      [{ state: 'ready' }, ready],
      [{ state: 'draining' }, draining],
      [{ state: 'starting' }, hosts.length - ready - draining],
    ];
  });
}
