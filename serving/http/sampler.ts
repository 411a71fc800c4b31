/** Whether something that happens at this time is one of the chosen. */
export type Sampler = (nowMs: number) => boolean;

/**
 * Says yes to the first `perSecond` calls of each second; a second begins with the first call after
 * the last one is over. `nowMs` is any clock that does not go back.
 */
export function createSampler(perSecond: number): Sampler {
  let tokens = 0;
  let filledAt = -Infinity;
  return (nowMs) => {
    if (nowMs - filledAt >= 1000) {
      tokens = perSecond;
      filledAt = nowMs;
    }
    if (tokens === 0) return false;
    tokens -= 1;
    return true;
  };
}
