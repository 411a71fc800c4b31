/** When this process got no turn, because the machine gave it none or something kept it busy. */
export interface Stalls {
  /** The longest, in milliseconds, that ended after this time of `performance` or still lasts. */
  longestSince(time: number): number;
  stop(): void;
}

/** How often it wants a turn. */
const turnMs = 20;

export function watchStalls(): Stalls {
  const stalls: { readonly until: number; readonly ms: number }[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - last > 2 * turnMs) stalls.push({ until: now, ms: now - last });
    last = now;
  }, turnMs).unref();
  return {
    longestSince(time) {
      const since = stalls.filter(({ until }) => until > time).map(({ ms }) => ms);
      return Math.max(performance.now() - last, ...since);
    },
    stop: () => {
      clearInterval(timer);
    },
  };
}
