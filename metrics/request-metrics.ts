import { Buckets } from './buckets';
import { Exemplars, type ObservedRequest } from './exemplars';
import type { Sample } from './exposition';
import type { Gone } from './gone';
import { ModelSeries, type Run } from './model-series';
import type { RequestFacts } from './request-facts';
import { vocabulary, type MetricName } from './vocabulary';

/** Bounds what clients can make: hosts come and go, and names of models are theirs to choose. */
const mostSeries = 5000;

const durationBounds = vocabulary.shoal_request_duration_seconds.buckets;

/** Requests of one dialect to one version of a model. */
class Series {
  readonly model: ModelSeries;
  readonly duration = new Buckets(durationBounds);
  readonly exemplars = new Exemplars(this.duration.size);
  /** host -> status -> requests */
  readonly answers = new Map<string, Map<number, number>>();

  constructor(model: ModelSeries) {
    this.model = model;
  }
}

interface Entry {
  readonly series: Series;
  readonly labels: Readonly<Record<string, string>>;
}

type Asked = Pick<RequestFacts, 'model' | 'version'>;

const noModel: Asked = { model: '', version: '' };

/** It has named a model, and not for inference: has had it described, say. What fails may have begun as one. */
function isOtherwise({ stages }: RequestFacts, status: number): boolean {
  return stages === null && status < 400;
}

/**
 * Counts requests. Plain numbers on the way of a request, about half a microsecond each; they
 * become samples when somebody scrapes.
 */
export class RequestMetrics {
  inFlight = 0;
  /** dialect -> model -> version -> series */
  readonly #series = new Map<string, Map<string, Map<string, Series>>>();
  /** model -> version -> series */
  readonly #models = new Map<string, Map<string, ModelSeries>>();
  readonly #errors = new Map<string, Map<string, number>>();
  #modelRequests = 0;
  #made = 0;

  started(): void {
    this.inFlight += 1;
  }

  /** Called once per request, when it has been answered. */
  done(facts: RequestFacts, status: number, seconds: number, request?: ObservedRequest): void {
    this.inFlight -= 1;
    const { model, version } = isOtherwise(facts, status) ? noModel : facts;
    if (model !== '') this.#modelRequests += 1;
    if (facts.errorCode !== '') raise(nested(this.#errors, facts.dialect), facts.errorCode, 1);
    const known = this.#series.get(facts.dialect)?.get(model)?.get(version);
    const series = known ?? this.#seriesFor(facts.dialect, { model, version }, status);
    const bucket = series.duration.observe(seconds);
    if (request !== undefined) series.exemplars.note(bucket, seconds, request, seconds * 1000);
    raise(nested(series.answers, facts.host), status, 1);
    if (model === '') return;
    series.model.done(facts, status, seconds, request);
    if (isUnwritten(facts)) this.lose(model, version, seconds);
  }

  /** A batch of a served model leaves for a host. */
  batchSent(model: string, version: string, rows: number): void {
    const series = this.#models.get(model)?.get(version) ?? this.#modelSeries(model, version);
    series.batchRows.observe(rows);
  }

  /** A run of a served model has ended well; its batch was sent before. `atMs` since 1970. */
  ran(model: string, version: string, run: Run, atMs: number): void {
    this.#models.get(model)?.get(version)?.ran(run, atMs);
  }

  /** A request to a served model was right and has failed. */
  lose(model: string, version: string, seconds: number): void {
    const series = this.#models.get(model)?.get(version) ?? this.#modelSeries(model, version);
    series.lose(seconds);
  }

  /** A request to a served model was answered by the model's default answer. */
  defaulted(model: string, version: string): void {
    const series = this.#models.get(model)?.get(version) ?? this.#modelSeries(model, version);
    series.defaults += 1;
  }

  /** A copy of a live request was answered as that was, or otherwise. */
  compared(model: string, version: string, differs: boolean): void {
    const series = this.#models.get(model)?.get(version) ?? this.#modelSeries(model, version);
    series.compared += 1;
    if (differs) series.differed += 1;
  }

  /** A live request was to be copied, and there is no answer to its copy. */
  uncompared(model: string, version: string): void {
    const series = this.#models.get(model)?.get(version) ?? this.#modelSeries(model, version);
    series.uncompared += 1;
  }

  /** A request to a served model was looked for among the answers that are kept. */
  looked(model: string, version: string, hit: boolean, ms: number): void {
    const series = this.#models.get(model)?.get(version) ?? this.#modelSeries(model, version);
    series.looked(hit, ms);
  }

  /** Ends the series of what is gone, so that others have room. */
  forget(gone: Gone): void {
    forgetIn(this.#models, gone);
    for (const models of this.#series.values()) this.#made -= forgetIn(models, gone);
  }

  /** The series of all versions, also for Triton's names. */
  *models(): Generator<ModelSeries> {
    for (const versions of this.#models.values()) yield* versions.values();
  }

  /** Made while they are read, for they may be tens of thousands. */
  samples(): Partial<Record<MetricName, Iterable<Sample>>> {
    const models = [...this.models()].filter(({ model }) => model !== '');
    return {
      shoal_requests_total: each(this.#entries(), requestSamples),
      shoal_request_duration_seconds: each(this.#entries(), ({ series, labels }) =>
        series.duration.samples(labels, series.exemplars),
      ),
      shoal_errors_total: this.#errorSamples(),
      shoal_stage_duration_seconds: each(models, (series) => series.stageSamples()),
      shoal_cache_requests_total: each(models, (series) => series.cacheSamples()),
      shoal_rows_total: each(models, (series) => [one(series.labels, series.rows)]),
      shoal_batch_rows: each(models, (series) => series.batchSamples()),
      shoal_in_flight_requests: [one({}, this.inFlight)],
      model_request_operations_total: [one({}, this.#modelRequests)],
    };
  }

  /** Series for what was not seen before; those of unknown models are all counted as one. */
  #seriesFor(dialect: string, asked: Asked, status: number): Series {
    const served = this.#models.get(asked.model)?.has(asked.version) === true || status < 400;
    const counted = served && this.#made < mostSeries;
    const { model, version } = counted ? asked : noModel;
    const versions = nested(nested(this.#series, dialect), model);
    let series = versions.get(version);
    if (series === undefined) {
      versions.set(version, (series = new Series(this.#modelSeries(model, version))));
      this.#made += 1;
    }
    return series;
  }

  #modelSeries(model: string, version: string): ModelSeries {
    const versions = nested(this.#models, model);
    let series = versions.get(version);
    if (series === undefined) versions.set(version, (series = new ModelSeries(model, version)));
    return series;
  }

  *#entries(): Generator<Entry> {
    for (const [dialect, models] of this.#series) {
      for (const [model, versions] of models) {
        for (const [version, series] of versions) {
          yield { series, labels: { dialect, model, version } };
        }
      }
    }
  }

  #errorSamples(): Sample[] {
    return [...this.#errors].flatMap(([dialect, counts]) =>
      [...counts].map(([error, n]) => one({ dialect, error }, n)),
    );
  }
}

/** What is answered where the model's answer cannot be written: an inference has failed after all. */
const unwritten: ReadonlySet<string> = new Set(['unrepresentable_output', 'internal']);

/** Those that failed before are told of by who has run them. */
function isUnwritten({ answered, errorCode }: RequestFacts): boolean {
  return answered && unwritten.has(errorCode);
}

/** Takes out of `model -> version -> series` what is gone, and says how many that was. */
function forgetIn(models: Map<string, Map<string, unknown>>, gone: Gone): number {
  let count = 0;
  for (const [model, versions] of models) {
    for (const version of versions.keys()) {
      if (gone({ model, version }) && versions.delete(version)) count += 1;
    }
    if (versions.size === 0) models.delete(model);
  }
  return count;
}

function* each<Item>(
  items: Iterable<Item>,
  samplesOf: (item: Item) => readonly Sample[],
): Generator<Sample> {
  for (const item of items) yield* samplesOf(item);
}

function requestSamples({ series, labels }: Entry): Sample[] {
  return [...series.answers].flatMap(([host, counts]) =>
    [...counts].map(([status, n]) => one({ ...labels, host, code: String(status) }, n)),
  );
}

export function one(labels: Readonly<Record<string, string>>, value: number): Sample {
  return { suffix: '', labels, value };
}

function nested<Key, Inner, Value>(map: Map<Key, Map<Inner, Value>>, key: Key): Map<Inner, Value> {
  let inner = map.get(key);
  if (inner === undefined) map.set(key, (inner = new Map<Inner, Value>()));
  return inner;
}

function raise<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
