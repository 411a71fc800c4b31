import type { Canary, CanaryAction } from '../../protocol/canary/canary';

/** So many decisions are remembered. */
const mostDecisions = 50;

/** Who makes a change, and when. */
export interface Made {
  /** Wall clock, ISO 8601. */
  readonly at: string;
  readonly reason: string;
}

/** The canary with one decision more, about what it is now. */
export function noted(canary: Canary, action: CanaryAction, { at, reason }: Made): Canary {
  const { state, steps, step, decisions } = canary;
  const share = state === 'promoted' ? 100 : state === 'stepping' ? (steps[step] ?? 0) : 0;
  const all = [...decisions, { at, action, share, reason }];
  return { ...canary, decisions: all.slice(-mostDecisions) };
}

/** The canary where neither limits nor steps have come to an end of it. */
export function ended(canary: Canary, made: Made): Canary {
  return noted({ ...canary, state: 'ended' }, 'end', made);
}
