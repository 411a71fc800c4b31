import type { Metrics } from '../../metrics/metrics';
import type { ModelEntry } from '../../protocol/catalog';
import { AnswerCache, type ShelfSize } from './answer-cache';
import type { CacheParts } from './cached';

/** A cache of so many bytes for what is served, and who counts what becomes of requests to it. */
export function countedCache(
  metrics: Metrics,
  maxBytes: number,
  models: () => readonly ModelEntry[],
): Pick<CacheParts, 'cache' | 'observe'> {
  const cache = new AnswerCache({
    maxBytes,
    models,
    onEvicted: (model, version) => {
      metrics.count('shoal_cache_evictions_total', { model, version: String(version) });
    },
  });
  const readings = (of: 'bytes' | 'answers') =>
    cache.sizes().map((size) => [labelsOf(size), size[of]] as const);
  metrics.gauge('shoal_cache_bytes', () => readings('bytes'));
  metrics.gauge('shoal_cache_answers', () => readings('answers'));
  return {
    cache,
    observe: ({ model, version }, hit, ms) => {
      metrics.requests.looked(model, String(version), hit, ms);
    },
  };
}

function labelsOf({ model, version }: ShelfSize): { model: string; version: string } {
  return { model, version: String(version) };
}
