import type { ModelSeries } from '../../metrics/model-series';
import { noCounters, sumOf, versionKey, type Counters, type Sheet } from './counters';

/** What is known of one version: what was counted before its series began anew, and the series. */
interface Own {
  readonly before: Counters;
  readonly series: ModelSeries;
}

/** As many versions as there are series. */
const mostVersions = 5000;

/**
 * What this process has counted, read off its metrics. A series ends when its version is gone, and
 * begins anew when that comes back: what it had counted by then stays.
 */
export function createOwnSheet(series: () => Iterable<ModelSeries>): () => Sheet {
  const known = new Map<string, Own>();
  return () => {
    for (const now of series()) {
      const key = versionKey(now.model, now.version);
      const own = known.get(key);
      if (own?.series === now) continue;
      if (own === undefined && known.size >= mostVersions) continue;
      const before = own === undefined ? noCounters : sumOf(own.before, countersOf(own.series));
      known.set(key, { before, series: now });
    }
    return new Map(
      [...known].map(([key, own]) => [key, sumOf(own.before, countersOf(own.series))] as const),
    );
  };
}

function countersOf(series: ModelSeries): Counters {
  const counters = new Map<string, bigint>([
    ['inferences', BigInt(series.inferredRows)],
    ['runs', BigInt(series.runs)],
    ['lastMs', BigInt(Math.round(series.lastRunMs))],
    ['success', BigInt(series.succeeded)],
    ['success.ns', nanoseconds(series.succeededSeconds * 1e6)],
    ['fail', BigInt(series.lost)],
    ['defaults', BigInt(series.defaults)],
    ['compared', BigInt(series.compared)],
    ['differed', BigInt(series.differed)],
    ['fail.ns', nanoseconds(series.lostSeconds * 1e6)],
    ['queue.ns', nanoseconds(series.stageSeconds('queue') * 1e6)],
    ['input.ns', nanoseconds(series.stageSeconds('transfer') * 1e6)],
    ['infer.ns', nanoseconds(series.stageSeconds('run') * 1e6)],
    ['output.ns', nanoseconds(series.stageSeconds('encode') * 1e6)],
    ['hits', BigInt(series.cache.hits)],
    ['hits.ns', nanoseconds(series.cache.hitMs * 1000)],
    ['misses', BigInt(series.cache.misses)],
    ['misses.ns', nanoseconds(series.cache.missMs * 1000)],
  ]);
  for (const [rows, times] of series.runsOfRows) {
    counters.set(`batch.${rows}`, BigInt(times.count));
    counters.set(`batch.${rows}.input.ns`, nanoseconds(times.transferUs));
    counters.set(`batch.${rows}.infer.ns`, nanoseconds(times.runUs));
    counters.set(`batch.${rows}.output.ns`, nanoseconds(times.outputUs));
  }
  return counters;
}

function nanoseconds(us: number): bigint {
  return BigInt(Math.round(us * 1000));
}
