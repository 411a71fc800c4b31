/** By the name of the process. */
export type ByProcess = Readonly<Record<string, number>>;

/** What one side of a comparison did in one round, or the medians of several rounds. */
export interface Figures {
  readonly requestsPerSecond: number;
  readonly rowsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time per request in microseconds. */
  readonly cpuUs: ByProcess;
  /** What of it the kernel used, counted in steps of 10 ms. */
  readonly kernelUs: ByProcess;
  /** Read and written, per request. */
  readonly copiedBytes: ByProcess;
  /** System calls that read or write, per request. */
  readonly calls: ByProcess;
  /** When the round ended. */
  readonly residentBytes: ByProcess;
  /** Mean over the batches that left the inferrer; null where nothing is batched. */
  readonly rowsPerBatch: number | null;
}

/** The middle value; of an even number of values the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  return (lower + upper) / 2;
}

/** Of those of the rounds that have this figure; NaN where none has. */
export function medianOf<Round>(rounds: readonly Round[], pick: (round: Round) => number): number {
  return median(rounds.map(pick).filter((value) => !Number.isNaN(value)));
}

/** The largest, likewise. */
export function worstOf<Round>(rounds: readonly Round[], pick: (round: Round) => number): number {
  const values = rounds.map(pick).filter((value) => !Number.isNaN(value));
  return values.length === 0 ? NaN : Math.max(...values);
}

/** The value below which the given share of all values lies; `values` must be sorted. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const at = Math.ceil(values.length * share) - 1;
  return values[Math.min(Math.max(at, 0), values.length - 1)] ?? NaN;
}

/** Median of each figure by itself. */
export function medianFigures(rounds: readonly Figures[]): Figures {
  const of = (pick: (figures: Figures) => number): number => median(rounds.map(pick));
  const each = (pick: (figures: Figures) => ByProcess): ByProcess => {
    const names = [...new Set(rounds.flatMap((figures) => Object.keys(pick(figures))))];
    return Object.fromEntries(names.map((name) => [name, of((one) => pick(one)[name] ?? 0)]));
  };
  const batches = rounds.flatMap(({ rowsPerBatch }) => rowsPerBatch ?? []);
  return {
    requestsPerSecond: of((figures) => figures.requestsPerSecond),
    rowsPerSecond: of((figures) => figures.rowsPerSecond),
    p50Ms: of((figures) => figures.p50Ms),
    p99Ms: of((figures) => figures.p99Ms),
    cpuUs: each(({ cpuUs }) => cpuUs),
    kernelUs: each(({ kernelUs }) => kernelUs),
    copiedBytes: each(({ copiedBytes }) => copiedBytes),
    calls: each(({ calls }) => calls),
    residentBytes: each(({ residentBytes }) => residentBytes),
    rowsPerBatch: batches.length === 0 ? null : median(batches),
  };
}

/**
 * Median over the rounds of `pick` of the one side divided by that of the other in the same
 * round, so that what slows both down for a while does not count.
 */
export function medianRatio(
  over: readonly Figures[],
  under: readonly Figures[],
  pick: (figures: Figures) => number,
): number {
  return median(
    over.flatMap((figures, round) => {
      const other = under[round];
      return other === undefined ? [] : pick(figures) / pick(other);
    }),
  );
}

/** Slope of the line of least squares through the points; NaN if all have the same x. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  let [above, below] = [0, 0];
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return above / below;
}
