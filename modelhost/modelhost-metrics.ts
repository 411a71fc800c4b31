import type { Metrics } from '../metrics/metrics';
import type { Catalog } from '../protocol/catalog';
import type { RunnerSupervisor } from './runners/runner-supervisor';
import type { RuntimePackage } from './runners/runtime-package';

/** How many versions answer, read at each scrape. */
export function watchModels(metrics: Metrics, catalog: Catalog): void {
  metrics.gauge('shoal_models_loaded', () => {
    const versions = catalog.models().flatMap((model) => model.versions);
    return [[{}, versions.filter(({ state }) => state === 'ready').length]];
  });
}

/** Times loads. */
export function observeLoads(
  metrics: Metrics,
): (model: string, version: number, ms: number) => void {
  return (model, version, ms) => {
    const labels = { model, version: String(version) };
    metrics.observe('shoal_model_load_duration_seconds', labels, ms / 1000);
  };
}

/** Counts runners that die; reads the memory of the others at each scrape, and says what they load. */
export function watchRunners(
  metrics: Metrics,
  supervisor: RunnerSupervisor,
  { release }: RuntimePackage,
): void {
  metrics.gauge('shoal_runtime_info', () => [[{ release }, 1]]);
  metrics.gauge('shoal_runner_resident_bytes', () =>
    supervisor.resident().map(({ runner, bytes }) => [{ runner }, bytes] as const),
  );
  supervisor.onChange((change) => {
    if (change.kind === 'died') {
      metrics.count('shoal_runner_restarts_total', { reason: change.reason });
    }
    if (change.kind === 'replaced') metrics.count('shoal_runner_replacements_total', {});
    if (change.kind === 'failed' && change.error.code === 'quarantined') {
      metrics.count('shoal_quarantines_total', { what: 'version' });
    }
  });
}
