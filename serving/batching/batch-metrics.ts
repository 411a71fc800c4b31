import type { Metrics } from '../../metrics/metrics';
import type { Batcher, BatchObserver } from './batcher';

/** Counts the batches that leave, and the rows in them. */
export function observeBatches(metrics: Metrics): BatchObserver {
  return {
    batchSent({ model, version }, rows) {
      metrics.requests.batchSent(model, String(version), rows);
    },
  };
}

/** What waits, read at each scrape. */
export function watchQueues(metrics: Metrics, batcher: Batcher): void {
  const readings = (of: 'rows' | 'bytes') =>
    batcher
      .waiting()
      .map((lane) => [labelsOf(lane.servable.model, lane.servable.version), lane[of]] as const);
  metrics.gauge('shoal_queue_rows', () => readings('rows'));
  metrics.gauge('shoal_queue_bytes', () => readings('bytes'));
}

function labelsOf(model: string, version: number): { model: string; version: string } {
  return { model, version: String(version) };
}
