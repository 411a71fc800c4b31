/** Deaths further back than this do not slow a restart down. */
const memoryMs = 60_000;
const firstDelayMs = 100;
const lastDelayMs = 10_000;

/**
 * Milliseconds to wait before a runner is started again. The first death in a minute costs
 * nothing, every further one doubles the wait. Times are of one clock, oldest first.
 */
export function restartDelayMs(deaths: readonly number[], now: number): number {
  const recent = deaths.filter((at) => now - at < memoryMs).length;
  if (recent <= 1) return 0;
  return Math.min(firstDelayMs * 2 ** (recent - 2), lastDelayMs);
}
