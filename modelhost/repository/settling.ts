/** Tells when something that may still be copied has stopped changing. */
export interface Settling {
  /** True once the same stamp was seen at least the interval ago. */
  settled(key: string, stamp: string): boolean;
  /** Forgets what nobody asked about since the last call. */
  sweep(): void;
}

interface Seen {
  readonly stamp: string;
  readonly since: number;
  round: number;
}

/** `now` in milliseconds; only its differences count. */
export function createSettling(intervalMs: number, now: () => number): Settling {
  const seen = new Map<string, Seen>();
  let round = 0;
  return {
    settled(key, stamp) {
      const known = seen.get(key);
      if (known?.stamp === stamp) {
        known.round = round;
        return now() - known.since >= intervalMs;
      }
      seen.set(key, { stamp, since: now(), round });
      return false;
    },
    sweep() {
      for (const [key, entry] of seen) if (entry.round !== round) seen.delete(key);
      round++;
    },
  };
}
