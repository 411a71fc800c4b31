import type { Metrics } from '../../metrics/metrics';
import type { ObserveShadow } from './shadows';

/** Versions whose largest difference is remembered. */
const mostVersions = 1000;

/** Counts what became of copied requests, and tells the largest difference of each version. */
export function observeShadows(metrics: Metrics): ObserveShadow {
  const largest = new Map<string, readonly [{ model: string; version: string }, number]>();
  metrics.gauge('shoal_shadow_largest_difference', () => largest.values());
  return ({ model, version }, outcome, difference) => {
    const labels = { model, version: String(version) };
    metrics.count('shoal_shadow_requests_total', { ...labels, outcome });
    if (outcome === 'dropped') return;
    const differs = outcome === 'different' || outcome === 'failed';
    metrics.requests.compared(model, String(version), differs);
    const key = `${model}:${version}`;
    const before = largest.get(key)?.[1] ?? 0;
    if (difference < before || difference === Infinity) return;
    if (largest.size < mostVersions || largest.has(key)) largest.set(key, [labels, difference]);
  };
}
