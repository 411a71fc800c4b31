import type { Metrics } from '../../metrics/metrics';
import type { Servable } from '../../protocol/catalog';
import type { ObserveDefault } from '../default-answers';
import type { ObserveFailure } from '../resolved';
import type { Batcher, BatchObserver } from './batcher';

/**
 * Counts the batches that leave, the rows in them, what became of them, and the requests that are
 * refused. `wallClock` tells milliseconds since 1970.
 */
export function observeBatches(
  metrics: Metrics,
  wallClock: () => number = Date.now,
): BatchObserver {
  return {
    batchSent(servable, rows, _requests, padding) {
      const { model, version } = servable;
      metrics.requests.batchSent(model, String(version), rows);
      if (padding > 0) metrics.count('shoal_padded_rows_total', labelsOf(servable), padding);
    },
    ran({ model, version }, run) {
      metrics.requests.ran(model, String(version), run, wallClock());
    },
    refused(servable, reason) {
      metrics.count('shoal_refused_requests_total', { ...labelsOf(servable), reason });
    },
  };
}

/** Counts requests that were right and have failed. */
export function observeFailures(metrics: Metrics): ObserveFailure {
  return ({ model, version }, { arrivedAt }) => {
    const seconds = (performance.now() - arrivedAt) / 1000;
    metrics.requests.lose(model, String(version), seconds);
  };
}

/** Counts default answers. */
export function observeDefaults(metrics: Metrics): ObserveDefault {
  return (servable, reason) => {
    const labels = labelsOf(servable);
    metrics.count('shoal_default_answers_total', { ...labels, reason });
    metrics.requests.defaulted(labels.model, labels.version);
  };
}

/** Counts what became of requests otherwise than by a run's answer. */
export function observeOutcomes(metrics: Metrics): {
  readonly observeDefault: ObserveDefault;
  readonly observeFailure: ObserveFailure;
} {
  return { observeDefault: observeDefaults(metrics), observeFailure: observeFailures(metrics) };
}

/** What waits, read at each scrape. */
export function watchQueues(metrics: Metrics, batcher: Batcher): void {
  const readings = (of: 'rows' | 'bytes') =>
    sums(batcher.waiting().map((lane) => [lane.servable, lane[of]]));
  metrics.gauge('shoal_queue_rows', () => readings('rows'));
  metrics.gauge('shoal_queue_bytes', () => readings('bytes'));
}

interface Labels {
  readonly model: string;
  readonly version: string;
}

/** One reading for each version: after a change it has two servables for a while. */
function sums(readings: readonly (readonly [Servable, number])[]): [Labels, number][] {
  const byVersion = new Map<string, [Labels, number]>();
  for (const [servable, value] of readings) {
    const labels = labelsOf(servable);
    const key = `${labels.model}:${labels.version}`;
    byVersion.set(key, [labels, (byVersion.get(key)?.[1] ?? 0) + value]);
  }
  return [...byVersion.values()];
}

function labelsOf({ model, version }: Servable): Labels {
  return { model, version: String(version) };
}
