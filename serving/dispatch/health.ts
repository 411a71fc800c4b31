/**
 * Whether a place is trusted with work. A failure of the way to it (unreached, lost, broken), or
 * several setbacks in a row (it refuses, or fails by itself), eject it; when its time is over it may
 * be tried with one batch at a time, and a reply heals it. In other words a circuit breaker, see
 * `circuitOf`.
 */
export type Health =
  | {
      readonly state: 'healthy';
      /** In a row, since the last reply. */
      readonly setbacks: number;
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

export const healthy: Health = { state: 'healthy', setbacks: 0 };

const firstEjectionMs = 100;
const longestEjectionMs = 5_000;

/** So many setbacks in a row say that the place is not what it should be. */
const setbacksToEject = 5;

/**
 * The health after a failure at `nowMs` of a batch that was sent at `sentAtMs`; each failure in a
 * row doubles the time. All batches that one event has ended are one failure.
 */
export function afterFailure(health: Health, sentAtMs: number, nowMs: number): Health {
  if (health.state === 'ejected' && sentAtMs < health.sinceMs) return health;
  const ejections = health.state === 'healthy' ? 1 : health.ejections + 1;
  const forMs = Math.min(longestEjectionMs, firstEjectionMs * 2 ** (ejections - 1));
  return { state: 'ejected', ejections, sinceMs: nowMs, untilMs: nowMs + forMs };
}

export function afterSetback(health: Health, sentAtMs: number, nowMs: number): Health {
  if (health.state === 'ejected') return afterFailure(health, sentAtMs, nowMs);
  const setbacks = health.setbacks + 1;
  return setbacks < setbacksToEject
    ? { state: 'healthy', setbacks }
    : afterFailure(health, sentAtMs, nowMs);
}

export function circuitOf(health: Health, nowMs: number): Circuit {
  if (health.state === 'healthy') return 'closed';
  return nowMs < health.untilMs ? 'open' : 'half_open';
}

export function available(health: Health, inFlight: number, nowMs: number): boolean {
  return health.state === 'healthy' || (nowMs >= health.untilMs && inFlight === 0);
}

/**
 * The places that may be used now. When fewer than half would be left, the view of health is more
 * likely wrong than the hosts are, and all are used ("panic").
 */
export function trusted<Place extends { readonly health: Health; readonly inFlight: number }>(
  places: readonly Place[],
  nowMs: number,
): readonly Place[] {
  if (places.every(({ health }) => health.state === 'healthy')) return places;
  const left = places.filter(({ health, inFlight }) => available(health, inFlight, nowMs));
  return left.length * 2 < places.length ? places : left;
}
