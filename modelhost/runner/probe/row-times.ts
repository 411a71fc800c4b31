import { madeUpRow, stacked, type MadeUpBy } from '../../../protocol/made-up-input';
import type { Signature } from '../../../protocol/signature';
import type { RowTime } from '../../probe/probe-report';
import type { Session } from '../session';
import { fastestUs, tenths } from './fastest-run';
import { paddedSession } from './padded-session';
import { carriable } from './try-model';

/** What is to be measured, beyond what every try measures. */
export interface RowTimesOrder {
  readonly session: Session;
  readonly signature: Signature;
  readonly padTo: number | null;
  /** What the model runs on. */
  readonly madeUpBy: MadeUpBy;
  /** Rows of each run, in rising order. */
  readonly sizes: readonly number[];
}

/** No run is begun of which the ones before say that it would take longer, in microseconds. */
const longestRunUs = 5_000_000;

/**
 * Tells the microseconds of a row in runs of so many rows each, one size after the other, as far as
 * the model runs on them.
 */
export async function rowTimes(
  { session: given, signature, padTo, madeUpBy, sizes }: RowTimesOrder,
  tell: (time: RowTime) => void,
  now: () => number = () => performance.now(),
): Promise<void> {
  const session = padTo === null ? given : paddedSession(given, padTo);
  const outputs = carriable(signature);
  const row = madeUpRow(signature, madeUpBy);
  if (row === undefined) return;
  let us = 0;
  for (const rows of sizes.filter((size) => size <= (padTo ?? Infinity))) {
    if (us * rows > longestRunUs) return;
    const batch = stacked(Array.from({ length: rows }, () => row));
    const run = (): Promise<unknown> => session.run(batch, outputs);
    if (!(await runs(run))) return;
    const [whole = 0] = await fastestUs(now, [run]);
    us = tenths(whole / rows);
    tell({ rows, us });
  }
}

async function runs(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch {
    return false;
  }
}
