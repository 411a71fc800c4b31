import { noCounters, type Counters } from '../../serving/statistics/counters';

/** What was counted of one version since a step began. */
export interface VersionCounts {
  /** Those that were right, answered or not. */
  readonly requests: number;
  /** Those that got no answer of the model: an error, or the default answer. */
  readonly failures: number;
  /** Answers that were computed, and not kept from before. */
  readonly computed: number;
  /** Time of those together, without what they waited for loads, in milliseconds. */
  readonly ms: number;
  /** Answers to copies of live requests, and those that are different or failed. */
  readonly compared: number;
  readonly differed: number;
  /** Copies that got no answer. */
  readonly uncompared: number;
}

/** Of one version, by life of an inferrer. */
export type LifeCounters = ReadonlyMap<string, Counters>;

/**
 * What was counted since `before`, which gets what it lacks: a life counts from when it was heard of
 * first, as what it had counted by then may be from before the step.
 */
export function countsSince(before: Map<string, Counters>, now: LifeCounters): VersionCounts {
  let counts = nothing;
  for (const [life, counters] of now) {
    const first = before.get(life);
    if (first === undefined) before.set(life, counters);
    else counts = sum(counts, versionCounts(counters, first));
  }
  return counts;
}

export const nothing: VersionCounts = {
  requests: 0,
  failures: 0,
  computed: 0,
  ms: 0,
  compared: 0,
  differed: 0,
  uncompared: 0,
};

function versionCounts(now: Counters, before: Counters = noCounters): VersionCounts {
  const of = (name: string): number => Number((now.get(name) ?? 0n) - (before.get(name) ?? 0n));
  const defaults = of('defaults');
  const requests = of('success') + of('fail');
  return {
    requests,
    // A default answer is counted before it is written, and its caller may be gone by then.
    failures: Math.min(requests, of('fail') + defaults),
    // Neither what was kept nor default answers spend time in these stages.
    computed: Math.max(0, of('success') - of('hits') - defaults),
    ms: (of('queue.ns') + of('input.ns') + of('infer.ns')) / 1e6,
    compared: of('compared'),
    differed: of('differed'),
    uncompared: of('uncompared'),
  };
}

function sum(one: VersionCounts, other: VersionCounts): VersionCounts {
  return {
    requests: one.requests + other.requests,
    failures: one.failures + other.failures,
    computed: one.computed + other.computed,
    ms: one.ms + other.ms,
    compared: one.compared + other.compared,
    differed: one.differed + other.differed,
    uncompared: one.uncompared + other.uncompared,
  };
}
