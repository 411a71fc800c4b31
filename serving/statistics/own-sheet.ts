import type { ModelSeries } from '../../metrics/model-series';
import {
  mostVersions,
  noCounters,
  sumOf,
  versionKey,
  type Counters,
  type Sheet,
  type Wanted,
} from './counters';

/**
 * What this process has counted, read off its metrics. A series ends when its version is gone, and
 * begins anew when that comes back: what it had counted by then stays. Of versions that are gone those
 * that ended first are forgotten. Numbers are made of what is wanted only.
 */
export function createOwnSheet(
  series: () => Iterable<ModelSeries>,
  most = mostVersions,
): (wanted?: Wanted) => Sheet {
  let open: ReadonlyMap<string, ModelSeries> = new Map();
  /** What series had counted when they ended, those that ended last at the end. */
  const ended = new Map<string, Counters>();

  function end(key: string, its: ModelSeries): void {
    const all = sumOf(ended.get(key) ?? noCounters, countersOf(its));
    ended.delete(key);
    ended.set(key, all);
  }

  return (wanted) => {
    const now = new Map([...series()].map((its) => [versionKey(its.model, its.version), its]));
    for (const [key, its] of open) {
      if (now.get(key) !== its) end(key, its);
    }
    open = now;
    for (const key of ended.keys()) {
      if (ended.size <= most) break;
      if (!now.has(key)) ended.delete(key);
    }
    const sheet = new Map<string, Counters>();
    for (const key of wanted ?? new Set([...ended.keys(), ...now.keys()])) {
      const counters = together(ended.get(key), now.get(key));
      if (counters !== undefined) sheet.set(key, counters);
    }
    return sheet;
  };
}

function together(before?: Counters, its?: ModelSeries): Counters | undefined {
  return its === undefined ? before : sumOf(before ?? noCounters, countersOf(its));
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
    ['uncompared', BigInt(series.uncompared)],
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
