/** How often, and for how long in all. */
export interface DurationTotal {
  readonly count: bigint;
  readonly ns: bigint;
}

/** The runs of one batch size. */
export interface BatchTotals {
  readonly batchSize: number;
  readonly computeInput: DurationTotal;
  readonly computeInfer: DurationTotal;
  readonly computeOutput: DurationTotal;
}

/**
 * What Triton's statistics extension says of one version, since the server's start. Every number
 * only ever grows. A run that answered several requests counts with its whole time for each of them.
 */
export interface ModelStatistics {
  readonly name: string;
  readonly version: string;
  /** Milliseconds since 1970 of the last inference; 0 for none. */
  readonly lastInferenceMs: bigint;
  /** Rows of successful requests. */
  readonly inferenceCount: bigint;
  /** Runs of the model. */
  readonly executionCount: bigint;
  readonly success: DurationTotal;
  readonly fail: DurationTotal;
  readonly queue: DurationTotal;
  readonly computeInput: DurationTotal;
  readonly computeInfer: DurationTotal;
  readonly computeOutput: DurationTotal;
  readonly cacheHit: DurationTotal;
  readonly cacheMiss: DurationTotal;
  readonly batches: readonly BatchTotals[];
}

export interface Statistics {
  /**
   * One entry for each ready version asked for; '' for all models, and for all versions of one.
   * Throws unknown_model, unknown_version.
   */
  of(model: string, version: string): Promise<readonly ModelStatistics[]>;
}
