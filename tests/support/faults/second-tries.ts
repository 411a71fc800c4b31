import { samplesOf } from '../samples';
import { ask } from '../ask';

/** Second tries of what may have run, as an inferrer counts them, since they are watched. */
export interface SecondTries {
  readonly made: number;
  /** Those that the budget did not allow. */
  readonly refused: number;
  /** Most that the budget allows for what was asked in this time. */
  readonly allowed: number;
}

/** Tells how many there were by then, given how many requests the inferrer has got meanwhile. */
export type CountSecondTries = (requests: number) => Promise<SecondTries>;

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
  return async (requests) => {
    const now = await counted(url);
    const made = now.made - before.made;
    // Seconds are counted whole, so that there is one more of them than has passed.
    const seconds = Math.ceil((performance.now() - beganAt) / 1000) + 1;
    // One that is sent again earns as much as any other.
    const allowed = share * (requests + made) + reserve * Math.ceil(seconds / windowSeconds);
    return { made, refused: now.refused - before.refused, allowed };
  };
}

async function counted(url: string): Promise<{ made: number; refused: number }> {
  const samples = samplesOf((await ask(`${url}/metrics`)).text);
  const sum = (series: RegExp): number =>
    samples.reduce((all, { labels, value }) => (series.test(labels) ? all + value : all), 0);
  return { made: sum(budgeted), refused: sum(overBudget) };
}

/** How the log of an inferrer says that something is sent again. */
export const sentAgain = /^a batch is sent again$/;
