import type { Metrics } from '../metrics/metrics';
import type { Catalog } from '../protocol/catalog';
import type { RunnerSupervisor } from './runners/runner-supervisor';

/** How many versions answer, read at each scrape. */
export function watchModels(metrics: Metrics, catalog: Catalog): void {
  metrics.gauge('shoal_models_loaded', () => {
    const versions = catalog.models().flatMap((model) => model.versions);
    return [[{}, versions.filter(({ state }) => state === 'ready').length]];
  });
}

/** Counts runners that die. */
export function watchRunners(metrics: Metrics, supervisor: RunnerSupervisor): void {
  supervisor.onChange((change) => {
    if (change.kind === 'died') {
      metrics.count('shoal_runner_restarts_total', { reason: change.reason });
    }
  });
}
