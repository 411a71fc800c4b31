import { Buckets } from './buckets';
import { Exemplars, type ObservedRequest } from './exemplars';
import type { Sample } from './exposition';
import type { RequestFacts } from './request-facts';
import { stages, vocabulary } from './vocabulary';

type Stage = (typeof stages)[number];

const stageBounds = vocabulary.shoal_stage_duration_seconds.buckets;

/** Everything that is counted of one version of a model, whatever the dialect. */
export class ModelSeries {
  readonly model: string;
  readonly version: string;
  readonly batchRows = new Buckets(vocabulary.shoal_batch_rows.buckets);
  rows = 0;
  succeeded = 0;
  failed = 0;
  /** Of successful requests only, as Triton counts. */
  succeededSeconds = 0;
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
    if (status >= 400) {
      this.failed += 1;
      return;
    }
    this.succeeded += 1;
    this.succeededSeconds += seconds;
    this.rows += facts.rows ?? 0;
    if (facts.stages === null) return;
    for (let index = 0; index < stages.length; index += 1) {
      const stageSeconds = facts.stages[stages[index] as Stage] / 1e6;
      const bucket = this.#stages[index]?.observe(stageSeconds) ?? 0;
      if (request === undefined) continue;
      this.#exemplars[index]?.note(bucket, stageSeconds, request, seconds * 1000);
    }
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
