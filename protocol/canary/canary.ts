import type { Traffic } from '../versions/traffic';

/** From when on a canary is taken back; null where nothing is looked at. */
export interface CanaryLimits {
  /** Share of its requests that fail, where the live version's share is lower. */
  readonly errorRate: number | null;
  /** Its mean time of an answer, as a multiple of the live version's. */
  readonly latencyRatio: number | null;
  /** Share of its answers to copies of live requests that are different, or failed. */
  readonly disagreement: number | null;
  /** Fewer say nothing: nothing is decided before. */
  readonly minRequests: number;
}

/** How a version is to take over, step by step. */
export interface CanaryPlan {
  readonly version: number;
  /** Its share of the requests without a version, in percent, rising. After the last it is the default. */
  readonly steps: readonly number[];
  /** Shortest time of a step, in milliseconds. */
  readonly everyMs: number;
  readonly limits: CanaryLimits;
  /** As of variants: who has the canary keeps it as its share rises. */
  readonly sticky?: Traffic['sticky'];
}

/** A plan as an inferrer has a host begin it. */
export interface SentPlan extends CanaryPlan {
  /** What the canary is to be known by: who asks again, of another host, means the same one. */
  readonly id?: string | undefined;
}

export const canaryActions = ['begin', 'step', 'promote', 'roll_back', 'end'] as const;
export type CanaryAction = (typeof canaryActions)[number];

export const canaryStates = ['stepping', 'promoted', 'rolled_back', 'ended'] as const;
export type CanaryState = (typeof canaryStates)[number];

/** What was decided, with the reason in words. */
export interface CanaryDecision {
  /** Wall clock, ISO 8601. */
  readonly at: string;
  readonly action: CanaryAction;
  /** Percent of the requests from then on. */
  readonly share: number;
  readonly reason: string;
}

/** A version that takes over by itself, or is taken back; it stands in the model's state. */
export interface Canary extends CanaryPlan {
  /** Unlike that of any other. */
  readonly id: string;
  readonly state: CanaryState;
  /** Index into `steps`. */
  readonly step: number;
  /** The last ones, the newest last. */
  readonly decisions: readonly CanaryDecision[];
}

/** What an inferrer has made of the counts; it counts only if nobody has decided before it. */
export interface CanaryVerdict {
  /** The canary and its step that it is about. */
  readonly id: string;
  readonly step: number;
  readonly action: 'step' | 'promote' | 'roll_back';
  readonly reason: string;
}
