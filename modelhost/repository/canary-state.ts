import type { Canary, CanaryPlan, CanaryVerdict } from '../../protocol/canary/canary';
import type { Traffic } from '../../protocol/versions/traffic';
import { ended, noted, type Made } from './canary-decisions';
import { withDefault, withTraffic, type ModelState } from './model-state';

/** The state in which the canary has its first share. */
export function withCanary(
  state: ModelState,
  plan: CanaryPlan,
  { id, ...made }: Made & { readonly id: string },
): ModelState {
  const canary: Canary = { ...plan, id, state: 'stepping', step: 0, decisions: [] };
  return stepped(state, noted(canary, 'begin', made));
}

/** Undefined where the verdict is about what is over: somebody else has decided before. */
export function withVerdict(
  state: ModelState,
  { id, step, action, reason }: CanaryVerdict,
  at: string,
): ModelState | undefined {
  const { canary } = state;
  if (canary?.id !== id || canary.state !== 'stepping' || canary.step !== step) return undefined;
  const made = { at, reason };
  switch (action) {
    case 'step':
      if (step + 1 >= canary.steps.length) return undefined;
      return stepped(state, noted({ ...canary, step: step + 1 }, 'step', made));
    case 'promote': {
      const promoted = noted({ ...canary, state: 'promoted' }, 'promote', made);
      return { ...withDefault(state, canary.version, at), canary: promoted };
    }
    case 'roll_back': {
      const back = noted({ ...canary, state: 'rolled_back' }, 'roll_back', made);
      return { ...state, traffic: null, canary: back };
    }
  }
}

/** Ended by request; undefined where none is under way. */
export function withoutCanary(state: ModelState, made: Made): ModelState | undefined {
  const { canary } = state;
  if (canary?.state !== 'stepping') return undefined;
  return { ...state, traffic: null, canary: ended(canary, made) };
}

function stepped(state: ModelState, canary: Canary): ModelState {
  return { ...withTraffic(state, trafficOf(state.default, canary)), canary };
}

function trafficOf(standard: number, canary: Canary): Traffic {
  const share = canary.steps[canary.step] ?? 0;
  const { version, limits, sticky } = canary;
  return {
    variants: [
      { version: standard, weight: 100 - share },
      { version, weight: share },
    ],
    ...(sticky === undefined ? {} : { sticky }),
    ...(limits.disagreement === null ? {} : { shadow: { version, share: 1 } }),
  };
}
