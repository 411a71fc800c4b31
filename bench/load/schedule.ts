import type { LoadStage } from './question';

/** When the requests of all stages are due, in milliseconds from the start. */
export function dueTimes(stages: readonly LoadStage[]): Float64Array {
  let startsAt = 0;
  const times = stages.flatMap(({ ratePerSecond, seconds }) => {
    const from = startsAt;
    startsAt += seconds * 1000;
    const count = Math.floor(ratePerSecond * seconds);
    return Array.from({ length: count }, (_, index) => from + (index * 1000) / ratePerSecond);
  });
  return Float64Array.from(times);
}
