import { ask } from '../ask';
import { sumIn } from '../samples';

/**
 * Second tries of what may have run, as an inferrer counts them, since they are watched. A batch of
 * several requests is one there and several for the budget: `made` is exact where batches are of one.
 */
export interface SecondTries {
  readonly made: number;
  /** Those that the budget did not allow. */
  readonly refused: number;
  /** Most that the budget allows, in requests. */
  readonly allowed: number;
}

/**
 * Tells how many there were by then. `asked` are the requests that the inferrer has got; it is called
 * when the second tries have been read, so that none of them is of a later request. Those of the ten
 * seconds before the watch have earned as well: exact where the load begins after the watch does.
 */
export type CountSecondTries = (asked: () => number) => Promise<SecondTries>;

/** What costs of the budget: whatever a host may have run. */
const budgeted = /^shoal_retries_total\{outcome="(?:lost|broken|failed)"\}/;
const overBudget = /^shoal_retries_total\{outcome="budget"\}/;

/** Within any so many seconds a tenth of the requests, and so many besides: ADR 0008. */
const windowSeconds = 10;
const share = 0.1;
const reserve = 100;

export async function watchSecondTries(url: string): Promise<CountSecondTries> {
  const beganAt = performance.now();
  const before = await counted(url);
  return async (asked) => {
    const now = await counted(url);
    const made = now.made - before.made;
    // Seconds are counted whole, so that there is one more of them than has passed.
    const seconds = Math.ceil((performance.now() - beganAt) / 1000) + 1;
    // One that is sent again earns as much as any other.
    const allowed = share * (asked() + made) + reserve * Math.ceil(seconds / windowSeconds);
    return { made, refused: now.refused - before.refused, allowed };
  };
}

/** Fails where there were more than the budget allows, or one that it did not; says how many there were. */
export async function withinBudget(
  secondTries: CountSecondTries,
  asked: () => number,
): Promise<SecondTries> {
  const counts = await secondTries(asked);
  expect(counts.made).toBeLessThanOrEqual(counts.allowed);
  expect(counts.refused).toBe(0);
  return counts;
}

async function counted(url: string): Promise<{ made: number; refused: number }> {
  const { text } = await ask(`${url}/metrics`);
  return { made: sumIn(text, budgeted), refused: sumIn(text, overBudget) };
}

/** How the log of an inferrer says that something is sent again. */
export const sentAgain = /^a batch is sent again$/;
