/**
 * Whether a place is trusted with work. A failure of the way to it (unreached, lost, broken), or
 * several setbacks in a row (it refuses, or fails by itself), eject it; when its time is over it may
 * be tried with one batch at a time, and a reply heals it. One that fails again soon after is left
 * out for longer than the time before: it may answer only now and then. In other words a circuit
 * breaker, see `circuitOf`.
 */
export type Health =
  | {
      readonly state: 'healthy';
      /** In a row, since the last reply. */
      readonly setbacks: number;
      /** Ejections in a row until it was healed. */
      readonly ejections: number;
      /** When it was healed, which it may not be for long. */
      readonly sinceMs: number;
    }
  | {
      readonly state: 'ejected';
      readonly ejections: number;
      readonly sinceMs: number;
      readonly untilMs: number;
    };

/** The health of a place as a circuit breaker's state: no calls go to one that is open. */
export type Circuit = 'closed' | 'open' | 'half_open';

export const circuits: readonly Circuit[] = ['closed', 'open', 'half_open'];

export const healthy: Health = { state: 'healthy', setbacks: 0, ejections: 0, sinceMs: 0 };

const firstEjectionMs = 100;
const longestEjectionMs = 5_000;

/** A failure so soon after a reply has healed it is one more in the row of ejections before. */
const relapseMs = 10_000;

/** So many setbacks in a row say that the place is not what it should be. */
const setbacksToEject = 5;

/** The health after a reply at `nowMs` to a batch that was sent at `sentAtMs`. */
export function afterReply(health: Health, sentAtMs: number, nowMs: number): Health {
  if (health.state === 'healthy') {
    return health.setbacks === 0 ? health : { ...health, setbacks: 0 };
  }
  // What was sent before the failure says nothing of the place since.
  if (sentAtMs < health.sinceMs) return health;
  return { state: 'healthy', setbacks: 0, ejections: health.ejections, sinceMs: nowMs };
}

/**
 * The health after a failure at `nowMs` of a batch that was sent at `sentAtMs`; each failure in a
 * row doubles the time. All batches that one event has ended are one failure.
 */
export function afterFailure(health: Health, sentAtMs: number, nowMs: number): Health {
  if (health.state === 'ejected' && sentAtMs < health.sinceMs) return health;
  const anew = health.state === 'healthy' && nowMs - health.sinceMs >= relapseMs;
  const ejections = anew ? 1 : health.ejections + 1;
  const forMs = Math.min(longestEjectionMs, firstEjectionMs * 2 ** (ejections - 1));
  return { state: 'ejected', ejections, sinceMs: nowMs, untilMs: nowMs + forMs };
}

export function afterSetback(health: Health, sentAtMs: number, nowMs: number): Health {
  if (health.state === 'ejected') return afterFailure(health, sentAtMs, nowMs);
  const setbacks = health.setbacks + 1;
  return setbacks < setbacksToEject
    ? { ...health, setbacks }
    : afterFailure(health, sentAtMs, nowMs);
}

export function circuitOf(health: Health, nowMs: number): Circuit {
  if (health.state === 'healthy') return 'closed';
  return nowMs < health.untilMs ? 'open' : 'half_open';
}

/** What is known of a place. */
export interface Watched {
  readonly health: Health;
  /** A batch that was sent to it since it was ejected has not come back. */
  readonly probed: boolean;
}

export function available({ health, probed }: Watched, nowMs: number): boolean {
  return health.state === 'healthy' || (nowMs >= health.untilMs && !probed);
}

/**
 * The places that may be used now. When fewer than half would be left, the view of health is more
 * likely wrong than the hosts are, and all are used ("panic").
 */
export function trusted<Place extends Watched>(
  places: readonly Place[],
  nowMs: number,
): readonly Place[] {
  if (places.every(({ health }) => health.state === 'healthy')) return places;
  const left = places.filter((place) => available(place, nowMs));
  return left.length * 2 < places.length ? places : left;
}
