import type {
  BatchTotals,
  DurationTotal,
  ModelStatistics,
} from '../../protocol/control/statistics';

/**
 * Everything that is counted of one version, by name: `inferences`, `runs`, `lastMs`, `success`,
 * `fail`, `defaults` (default answers, which are among `success`), `compared` and `differed` (answers
 * to copies of live requests), `uncompared` (copies without one), times in nanoseconds such as
 * `queue.ns`, and for each size of a batch `batch.8` and `batch.8.infer.ns`. No number ever gets
 * smaller.
 */
export type Counters = ReadonlyMap<string, bigint>;

/** Counters by model and version, as `versionKey` has it. */
export type Sheet = ReadonlyMap<string, Counters>;

/** Versions by `versionKey`; undefined: all. */
export type Wanted = ReadonlySet<string> | undefined;

export const noCounters: Counters = new Map();

/** So many versions of one process are remembered beyond those that are served: as many as there are series. */
export const mostVersions = 5000;

/** A name of a model has no colon. */
export function versionKey(model: string, version: string): string {
  return `${model}:${version}`;
}

/** The larger of each two: what is known of one process from two times. */
export function laterOf(one: Counters, other: Counters): Counters {
  return combined(one, other, (a, b) => (a > b ? a : b));
}

/** What two processes have counted, or one before and after it began anew. */
export function sumOf(one: Counters, other: Counters): Counters {
  const total = combined(one, other, (a, b) => a + b);
  const last = laterOf(one, other).get('lastMs');
  return last === undefined ? total : total.set('lastMs', last);
}

function combined(
  one: Counters,
  other: Counters,
  combine: (a: bigint, b: bigint) => bigint,
): Map<string, bigint> {
  const result = new Map(one);
  for (const [name, value] of other) result.set(name, combine(result.get(name) ?? 0n, value));
  return result;
}

/** The counters as clients see them. */
export function statisticsOf(name: string, version: string, counters: Counters): ModelStatistics {
  const of = (counter: string): bigint => counters.get(counter) ?? 0n;
  const success = of('success');
  const hits = of('hits');
  // An answer that is counted as found may still be on its way.
  const computed = success > hits ? success - hits : 0n;
  return {
    name,
    version,
    lastInferenceMs: of('lastMs'),
    inferenceCount: of('inferences'),
    executionCount: of('runs'),
    success: { count: success, ns: of('success.ns') },
    fail: { count: of('fail'), ns: of('fail.ns') },
    queue: { count: success, ns: of('queue.ns') },
    computeInput: { count: computed, ns: of('input.ns') },
    computeInfer: { count: computed, ns: of('infer.ns') },
    computeOutput: { count: computed, ns: of('output.ns') },
    cacheHit: { count: hits, ns: of('hits.ns') },
    cacheMiss: { count: of('misses'), ns: of('misses.ns') },
    batches: sizesIn(counters).map((size) => batchOf(size, counters)),
  };
}

function sizesIn(counters: Counters): number[] {
  const sizes = [...counters.keys()].map((name) => /^batch\.(\d+)$/.exec(name)?.[1]);
  return sizes
    .filter((size) => size !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

function batchOf(batchSize: number, counters: Counters): BatchTotals {
  const count = counters.get(`batch.${batchSize}`) ?? 0n;
  const part = (name: string): DurationTotal => ({
    count,
    ns: counters.get(`batch.${batchSize}.${name}.ns`) ?? 0n,
  });
  return {
    batchSize,
    computeInput: part('input'),
    computeInfer: part('infer'),
    computeOutput: part('output'),
  };
}
