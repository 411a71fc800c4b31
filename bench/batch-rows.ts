/** How many batches of a model there were, and how many rows they had together. */
export interface BatchCount {
  readonly rows: number;
  readonly batches: number;
}

/** From the text that Prometheus reads: the sums of shoal_batch_rows over a model's versions. */
export function parseBatchRows(metrics: string, model: string): BatchCount {
  const sumOf = (name: string): number =>
    metrics
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && line.includes(`model="${model}"`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf('}') + 1)), 0);
  return { rows: sumOf('shoal_batch_rows_sum'), batches: sumOf('shoal_batch_rows_count') };
}

/** Mean rows of the batches between two readings; null if there were none. */
export function rowsPerBatch(before: BatchCount, after: BatchCount): number | null {
  const batches = after.batches - before.batches;
  return batches === 0 ? null : (after.rows - before.rows) / batches;
}
