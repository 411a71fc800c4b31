import { Buckets } from './buckets';
import { Exemplars, type ObservedRequest } from './exemplars';
import type { Sample } from './exposition';
import type { RequestFacts } from './request-facts';
import { stages, vocabulary } from './vocabulary';

type Stage = (typeof stages)[number];

/** One run of a model that has answered. */
export interface Run {
  readonly rows: number;
  /** Those of `rows` whose callers still waited. */
  readonly answeredRows: number;
  /** Microseconds on the way to the runner and back, in it, and of taking the answer apart. */
  readonly transferUs: number;
  readonly runUs: number;
  readonly outputUs: number;
}

/** Bounds what callers can make: each may bring another number of rows. */
const mostSizes = 512;

/** All runs of one size. */
class RunTimes {
  count = 0;
  transferUs = 0;
  runUs = 0;
  outputUs = 0;

  add({ transferUs, runUs, outputUs }: Run): void {
    this.count += 1;
    this.transferUs += transferUs;
    this.runUs += runUs;
    this.outputUs += outputUs;
  }
}

const stageBounds = vocabulary.shoal_stage_duration_seconds.buckets;

/** Everything that is counted of one version of a model, whatever the dialect. */
export class ModelSeries {
  readonly model: string;
  readonly version: string;
  readonly batchRows = new Buckets(vocabulary.shoal_batch_rows.buckets);
  rows = 0;
  succeeded = 0;
  /** Of successful requests only, as Triton counts. */
  succeededSeconds = 0;
  /** Rows that a run has answered. */
  inferredRows = 0;
  /** Runs that have ended well. */
  runs = 0;
  /** Milliseconds since 1970 of the last of them. */
  lastRunMs = 0;
  /** Requests that were right and got no answer of the model. */
  lost = 0;
  lostSeconds = 0;
  /** Of those that succeeded: answered by what the model declares in place of its answer. */
  defaults = 0;
  /** Answers to copies of live requests, and those of them that differ or failed. */
  compared = 0;
  differed = 0;
  /** Copies that got no answer to compare: dropped, or lost. */
  uncompared = 0;
  /** Requests answered from what was kept, those that were looked for in vain, and how long that took. */
  readonly cache = { hits: 0, hitMs: 0, misses: 0, missMs: 0 };
  /** By rows of a run; of the first `mostSizes` sizes. */
  readonly runsOfRows = new Map<number, RunTimes>();
  readonly #stages = stages.map(() => new Buckets(stageBounds));
  /** Of each stage: who took how long in it. */
  readonly #exemplars = this.#stages.map(({ size }) => new Exemplars(size));

  constructor(model: string, version: string) {
    this.model = model;
    this.version = version;
  }

  get labels(): Readonly<Record<string, string>> {
    return { model: this.model, version: this.version };
  }

  done(facts: RequestFacts, status: number, seconds: number, request?: ObservedRequest): void {
    if (status >= 400 || facts.stages === null) return;
    this.succeeded += 1;
    this.succeededSeconds += seconds;
    this.rows += facts.rows ?? 0;
    for (let index = 0; index < stages.length; index += 1) {
      const stageSeconds = facts.stages[stages[index] as Stage] / 1e6;
      const bucket = this.#stages[index]?.observe(stageSeconds) ?? 0;
      if (request === undefined) continue;
      this.#exemplars[index]?.note(bucket, stageSeconds, request, seconds * 1000);
    }
  }

  /** A run has ended well. */
  ran(run: Run, atMs: number): void {
    this.runs += 1;
    this.inferredRows += run.answeredRows;
    this.lastRunMs = atMs;
    let times = this.runsOfRows.get(run.rows);
    if (times === undefined) {
      if (this.runsOfRows.size >= mostSizes) return;
      this.runsOfRows.set(run.rows, (times = new RunTimes()));
    }
    times.add(run);
  }

  /** A request was looked for among the answers that are kept. */
  looked(hit: boolean, ms: number): void {
    const { cache } = this;
    if (hit) {
      cache.hits += 1;
      cache.hitMs += ms;
    } else {
      cache.misses += 1;
      cache.missMs += ms;
    }
  }

  cacheSamples(): Sample[] {
    const { hits, misses } = this.cache;
    if (hits + misses === 0) return [];
    const sample = (outcome: string, value: number): Sample => {
      return { suffix: '', labels: { ...this.labels, outcome }, value };
    };
    return [sample('hit', hits), sample('miss', misses)];
  }

  /** A request that was right has failed. */
  lose(seconds: number): void {
    this.lost += 1;
    this.lostSeconds += seconds;
  }

  /** Seconds that successful requests spent in a stage, all together. */
  stageSeconds(stage: Stage): number {
    return this.#stages[stages.indexOf(stage)]?.sum ?? 0;
  }

  stageSamples(): Sample[] {
    return stages.flatMap((stage, index) => {
      const buckets = this.#stages[index];
      if (buckets === undefined || buckets.count === 0) return [];
      return buckets.samples({ stage, ...this.labels }, this.#exemplars[index]);
    });
  }

  batchSamples(): Sample[] {
    return this.batchRows.count === 0 ? [] : this.batchRows.samples(this.labels);
  }
}
