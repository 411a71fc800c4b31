/**
 * Whether a place is trusted with work. A failure of the way to it (unreached, lost, broken)
 * ejects it; when its time is over it may be tried with one batch at a time, and a reply heals it.
 */
export type Health =
  | { readonly state: 'healthy' }
  | { readonly state: 'ejected'; readonly ejections: number; readonly untilMs: number };

export const healthy: Health = { state: 'healthy' };

const firstEjectionMs = 100;
const longestEjectionMs = 5_000;

/** The health after a failure at `nowMs`; each failure in a row doubles the time. */
export function afterFailure(health: Health, nowMs: number): Health {
  const ejections = health.state === 'healthy' ? 1 : health.ejections + 1;
  const forMs = Math.min(longestEjectionMs, firstEjectionMs * 2 ** (ejections - 1));
  return { state: 'ejected', ejections, untilMs: nowMs + forMs };
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
