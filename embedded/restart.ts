/** A process that ran this long is healthy again: its earlier deaths no longer count. */
const healthyMs = 30_000;
const firstDelayMs = 100;
const longestDelayMs = 10_000;

export interface Restart {
  /** Deaths in a row, this one included. */
  readonly deaths: number;
  /** Wait so long before the next start. */
  readonly delayMs: number;
}

/** What follows a death after `aliveMs`, when `earlierDeaths` went before without recovery. */
export function restartAfter(earlierDeaths: number, aliveMs: number): Restart {
  const deaths = aliveMs >= healthyMs ? 1 : earlierDeaths + 1;
  return { deaths, delayMs: Math.min(firstDelayMs * 2 ** (deaths - 1), longestDelayMs) };
}
