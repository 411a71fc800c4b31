/** One request that a load generator repeats. */
export interface LoadRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Where to send, how many at a time, for how long. */
export interface LoadRun {
  readonly url: string;
  /** Requests that are under way together. */
  readonly connections: number;
  readonly seconds: number;
}

/** What a load generator saw in one run. */
export interface LoadFigures {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that are not results, and connections or answers that failed, by kind. */
  readonly failures: Readonly<Record<string, number>>;
}

/** A load generator that repeats one request; rejects where one has failed. */
export type Send = (run: LoadRun) => Promise<LoadFigures>;

/** Throws where something has failed, with how often and what. */
export function refuseFailures(figures: LoadFigures, where: string): LoadFigures {
  const failed = Object.entries(figures.failures);
  if (failed.length === 0) return figures;
  const list = failed.map(([kind, count]) => `${count} x ${kind}`).join(', ');
  throw new Error(`${where}: of ${figures.requests} requests failed ${list}.`);
}
