import type { Logger } from '../core/logging';
import type { Metrics } from '../metrics/metrics';
import type { DispatchObserver } from '../serving/dispatch/dispatcher';
import type { HostDirectory } from './hosts/host-directory';

/** Counts tries, retries and ejections of hosts; ejections are also logged. */
export function observeDispatch(metrics: Metrics, logger: Logger): DispatchObserver {
  return {
    attempt(host, outcome) {
      metrics.count('shoal_attempts_total', { host, outcome });
    },
    ejected(host, cause) {
      metrics.count('shoal_ejections_total', { host });
      logger.warn({ host, cause }, 'a modelhost cannot be reached or has lost a batch; left out');
    },
    retried(outcome) {
      metrics.count('shoal_retries_total', { outcome });
    },
  };
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
