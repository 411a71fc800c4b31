/** Rows of the batch that the try measures, beside one alone. */
export const rowsMeasured = 8;
/** Of models whose runs hardly take longer with more rows. */
const mostOverheadRows = 1000;

/**
 * What a run costs beside its rows, in rows, from microseconds of one row alone and per row of a
 * batch: the two points of the straight line that the time of a run is taken for.
 */
export function overheadRows({ alone, batched }: { alone: number; batched: number }): number {
  const perRow = (rowsMeasured * batched - alone) / (rowsMeasured - 1);
  const overhead = perRow > 0 ? (alone - perRow) / perRow : mostOverheadRows;
  return Math.min(mostOverheadRows, Math.max(0, overhead));
}
