import type { Metrics } from '../metrics/metrics';
import type { DispatchObserver } from '../serving/dispatch/dispatcher';
import type { HostDirectory } from './hosts/host-directory';

/** Counts tries, retries and failures of hosts. */
export function observeDispatch(metrics: Metrics): DispatchObserver {
  return {
    attempt(host, outcome) {
      metrics.count('shoal_attempts_total', { host, outcome });
      if (outcome === 'unreached' || outcome === 'lost' || outcome === 'broken') {
        metrics.count('shoal_ejections_total', { host });
      }
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
