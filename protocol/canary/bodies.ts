import { ShoalError } from '../../core/errors';
import { checkedAs } from '../openapi/schema';
import type { Canary, CanaryPlan, CanaryVerdict, SentPlan } from './canary';
import { canaryBody, canaryPlan, canaryVerdict } from './schema';

/** `{"version": n, ...}` as a client writes it. Throws invalid_request. */
export function canaryPlanOf(body: unknown): CanaryPlan {
  const { version, steps, every, limits, sticky } = checkedAs(canaryBody, body);
  return {
    version,
    steps,
    everyMs: every,
    limits: {
      errorRate: limits.error_rate,
      latencyRatio: limits.latency_ratio,
      disagreement: limits.disagreement,
      minRequests: limits.min_requests,
    },
    ...(sticky === undefined ? {} : { sticky }),
  };
}

/** As an inferrer sends it on. Throws invalid_request. */
export function sentPlanOf(body: unknown): SentPlan {
  return checkedAs(canaryPlan, body);
}

export function verdictOf(body: unknown): CanaryVerdict {
  return checkedAs(canaryVerdict, body);
}

export function noCanary(model: string): ShoalError {
  return new ShoalError('unknown_version', `The model '${model}' has no canary, and had none.`);
}

/** Share of the requests that the canary has now, in percent. */
export function shareOf({ state, steps, step }: Canary): number {
  if (state === 'promoted') return 100;
  return state === 'stepping' ? (steps[step] ?? 0) : 0;
}

/** A canary as clients are told of it. */
export function canaryJson(canary: Canary): object {
  const { version, state, step, steps, everyMs, limits, sticky, decisions } = canary;
  return {
    version,
    state,
    step,
    share: shareOf(canary),
    steps,
    every_ms: everyMs,
    limits: {
      error_rate: limits.errorRate,
      latency_ratio: limits.latencyRatio,
      disagreement: limits.disagreement,
      min_requests: limits.minRequests,
    },
    ...(sticky === undefined ? {} : { sticky }),
    decisions,
  };
}
