import type { CanaryPlan, CanaryVerdict } from '../../protocol/canary/canary';
import type { VersionCounts } from './version-counts';

/** What was counted since a step began. */
export interface Window {
  readonly elapsedMs: number;
  readonly canary: VersionCounts;
  readonly live: VersionCounts;
  /**
   * The live version's in the last step before in which it had enough requests: in the last step it
   * may get none. Absent where that was not seen.
   */
  readonly before?: VersionCounts | undefined;
}

export type Decision = Pick<CanaryVerdict, 'action' | 'reason'>;

/**
 * What is to become of a canary in one of its steps; undefined: it is too early to say. A limit that
 * is passed takes it back at once, within the step; it goes on when the step's time is over.
 */
export function decide(plan: CanaryPlan, step: number, window: Window): Decision | undefined {
  const reason = tooManyErrors(plan, window) ?? tooSlow(plan, window) ?? tooDifferent(plan, window);
  if (reason !== undefined) return { action: 'roll_back', reason };
  const { canary, elapsedMs } = window;
  if (elapsedMs < plan.everyMs || canary.requests < plan.limits.minRequests) return undefined;
  if (lacks(plan, step, window) !== undefined) return undefined;
  const healthy = `${canary.requests} requests within its limits in ${seconds(elapsedMs)}`;
  return { action: step + 1 < plan.steps.length ? 'step' : 'promote', reason: healthy };
}

/**
 * What a step whose time is over lacks to be decided on, in words. Where copies get no answers nothing
 * is known of the differences that the plan limits; the last step makes none, as the default answers nothing.
 */
export function lacks(plan: CanaryPlan, step: number, window: Window): string | undefined {
  const { disagreement, minRequests } = plan.limits;
  const { compared, uncompared } = window.canary;
  const copies = disagreement !== null && (plan.steps[step] ?? 100) < 100;
  if (!copies || compared >= minRequests || window.elapsedMs < plan.everyMs) return undefined;
  const those = `${compared} of ${compared + uncompared} copies of requests were compared`;
  const dropped = uncompared === 0 ? '' : '; the others were dropped or lost';
  return `to go on it waits for ${minRequests} comparisons: ${those}${dropped}`;
}

/** What fails everywhere is not the canary's fault. */
function tooManyErrors({ limits }: CanaryPlan, window: Window): string | undefined {
  const { errorRate, minRequests } = limits;
  const { requests, failures } = window.canary;
  if (errorRate === null || requests < minRequests) return undefined;
  const live = liveCounts(window, 'requests', minRequests);
  const others = failureShare(live);
  // The live version's share is only known by so many requests, too.
  const asked = others > errorRate ? requests + requests ** 2 / live.requests : requests;
  const most = requests * Math.max(errorRate, others);
  if (failures <= most + chance(asked, Math.max(errorRate, others))) return undefined;
  const those = `${failures} of ${requests} requests failed`;
  return `${those}, more than ${percent(errorRate)}; of the live version ${percent(others)}`;
}

function tooSlow({ limits }: CanaryPlan, window: Window): string | undefined {
  const { latencyRatio, minRequests } = limits;
  if (latencyRatio === null) return undefined;
  const { canary } = window;
  const live = liveCounts(window, 'computed', minRequests);
  if (Math.min(canary.computed, live.computed) < minRequests) return undefined;
  const [its, others] = [canary.ms / canary.computed, live.ms / live.computed];
  if (its <= latencyRatio * others) return undefined;
  const those = `an answer takes ${its.toFixed(2)} ms`;
  return `${those}, more than ${latencyRatio} times the live version's ${others.toFixed(2)} ms`;
}

function tooDifferent({ limits }: CanaryPlan, { canary }: Window): string | undefined {
  const { disagreement, minRequests } = limits;
  const { compared, differed } = canary;
  if (disagreement === null || compared < minRequests) return undefined;
  if (differed <= compared * disagreement + chance(compared, disagreement)) return undefined;
  return `${differed} of ${compared} answers differ from the live version's, more than ${percent(disagreement)}`;
}

/** Those of an earlier step where there are too few in this one. */
function liveCounts(
  { live, before = live }: Window,
  of: 'requests' | 'computed',
  least: number,
): VersionCounts {
  return live[of] >= least ? live : before;
}

/**
 * By how many more of `count` may be hit than their share without that saying anything: three standard
 * deviations. A step is looked at each second, so that fewer take a good version back sooner or later.
 */
function chance(count: number, share: number): number {
  return 3 * Math.sqrt(count * share * (1 - share));
}

function failureShare({ requests, failures }: VersionCounts): number {
  return requests === 0 ? 0 : failures / requests;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
