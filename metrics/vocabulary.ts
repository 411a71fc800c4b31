import { bucketVocabulary } from './bucket-vocabulary';
import { clusterVocabulary } from './cluster-vocabulary';

/** What Prometheus is told of one metric; docs/metrics.md is checked against the table below. */
export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, without infinity. Never to be changed between instances. */
  readonly buckets?: readonly number[];
}

/** From 10 us to 10 s, for parts of a request. */
const stageSeconds = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
  0.25, 0.5, 1, 2.5, 5, 10,
];

/** From 100 us to a minute, for whole requests. */
const requestSeconds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  30, 60,
];

const loadSeconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const batchRows = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/**
 * Every metric of ours. `model` and `version` are only ever models that are served, else ''.
 * `code` is the HTTP status, `error` the code word of docs/errors.md, `host` the modelhost's id.
 */
export const vocabulary = {
  shoal_build_info: {
    type: 'gauge',
    help: 'Always 1; the labels say what runs.',
    labels: ['version', 'role', 'node'],
  },
  shoal_runtime_info: {
    type: 'gauge',
    help: 'Always 1; the label says which release of ONNX Runtime the runners of this host load.',
    labels: ['release'],
  },
  shoal_requests_total: {
    type: 'counter',
    help: 'HTTP requests answered.',
    labels: ['dialect', 'model', 'version', 'host', 'code'],
  },
  shoal_request_duration_seconds: {
    type: 'histogram',
    help: 'Time from a request to its answer.',
    labels: ['dialect', 'model', 'version'],
    buckets: requestSeconds,
  },
  shoal_errors_total: {
    type: 'counter',
    help: 'Requests answered with an error, by its code word.',
    labels: ['dialect', 'error'],
  },
  shoal_stage_duration_seconds: {
    type: 'histogram',
    help: 'Time that requests spent in a stage: decode, queue, transfer, run, encode.',
    labels: ['stage', 'model', 'version'],
    buckets: stageSeconds,
  },
  shoal_rows_total: {
    type: 'counter',
    help: 'Rows of requests that were answered with a result.',
    labels: ['model', 'version'],
  },
  shoal_batch_rows: {
    type: 'histogram',
    help: 'Rows of the batches that were sent to hosts.',
    labels: ['model', 'version'],
    buckets: batchRows,
  },
  shoal_padded_rows_total: {
    type: 'counter',
    help: 'Rows that batches were filled up with, for models of a fixed number of rows.',
    labels: ['model', 'version'],
  },
  shoal_queue_rows: {
    type: 'gauge',
    help: 'Rows that wait to be sent.',
    labels: ['model', 'version'],
  },
  shoal_queue_bytes: {
    type: 'gauge',
    help: 'Bytes of the tensors that wait to be sent.',
    labels: ['model', 'version'],
  },
  shoal_refused_requests_total: {
    type: 'counter',
    help: 'Requests that a queue did not take or gave up: full, late, displaced.',
    labels: ['model', 'version', 'reason'],
  },
  shoal_cache_requests_total: {
    type: 'counter',
    help: 'Requests to models whose answers are kept: answered by one that was there, or was under way (hit), or not.',
    labels: ['model', 'version', 'outcome'],
  },
  shoal_cache_evictions_total: {
    type: 'counter',
    help: 'Answers that had to make room for others.',
    labels: ['model', 'version'],
  },
  shoal_cache_bytes: {
    type: 'gauge',
    help: 'Bytes of answers that are kept.',
    labels: ['model', 'version'],
  },
  shoal_cache_answers: {
    type: 'gauge',
    help: 'Answers that are kept.',
    labels: ['model', 'version'],
  },
  shoal_default_answers_total: {
    type: 'counter',
    help: 'Requests answered with the default of their model, by the error that it stands for.',
    labels: ['model', 'version', 'reason'],
  },
  shoal_canary_decisions_total: {
    type: 'counter',
    help: 'Decisions on versions that take over step by step: step, promote, roll_back.',
    labels: ['model', 'version', 'action'],
  },
  shoal_shadow_requests_total: {
    type: 'counter',
    help: 'Requests that were to be copied to a shadow version, by what became of them: equal, close, different, failed, lost, dropped.',
    labels: ['model', 'version', 'outcome'],
  },
  shoal_shadow_largest_difference: {
    type: 'gauge',
    help: 'Largest finite difference of a number in the answers of a shadow version and the live one, since it is the shadow of that default.',
    labels: ['model', 'version'],
  },
  shoal_limited_requests_total: {
    type: 'counter',
    help: 'Requests over a rate limit: client, model, model_client.',
    labels: ['model', 'reason'],
  },
  shoal_in_flight_requests: {
    type: 'gauge',
    help: 'HTTP requests that have come and are not answered.',
    labels: [],
  },
  shoal_http_connections: { type: 'gauge', help: 'Open HTTP connections.', labels: [] },
  shoal_grpc_connections: { type: 'gauge', help: 'Open gRPC connections.', labels: [] },
  shoal_models_loaded: { type: 'gauge', help: 'Model versions able to answer.', labels: [] },
  shoal_model_load_duration_seconds: {
    type: 'histogram',
    help: 'Time from the wish to load a version to its being ready.',
    labels: ['model', 'version'],
    buckets: loadSeconds,
  },
  shoal_model_evictions_total: {
    type: 'counter',
    help: 'Model versions that left memory: for others (room), or because nobody asked (idle).',
    labels: ['reason'],
  },
  shoal_demand_loads_total: {
    type: 'counter',
    help: 'Model versions that were loaded because requests waited for them.',
    labels: [],
  },
  shoal_models_on_demand: {
    type: 'gauge',
    help: 'Model versions that are not in memory and can be asked for.',
    labels: [],
  },
  shoal_memory_budget_bytes: {
    type: 'gauge',
    help: 'Memory that all runners of the host may take.',
    labels: [],
  },
  shoal_memory_used_bytes: {
    type: 'gauge',
    help: 'Memory that the runners of the host take, beside what is being loaded.',
    labels: [],
  },
  ...bucketVocabulary,
  shoal_hosts: {
    type: 'gauge',
    help: 'Modelhosts that this inferrer knows, by state.',
    labels: ['state'],
  },
  ...clusterVocabulary,
  shoal_attempts_total: {
    type: 'counter',
    help: 'Tries to have a batch computed, by what became of them.',
    labels: ['host', 'outcome'],
  },
  shoal_retries_total: {
    type: 'counter',
    help: 'Batches that were sent again, by the outcome before; outcome budget: not allowed to.',
    labels: ['outcome'],
  },
  shoal_ejections_total: {
    type: 'counter',
    help: 'Times that a modelhost was left out for a while, by how the batch ended that caused it.',
    labels: ['host', 'cause'],
  },
  shoal_host_circuits: {
    type: 'gauge',
    help: 'Circuit breakers to a modelhost (one per runner) by state: closed, open, half_open.',
    labels: ['host', 'state'],
  },
  shoal_runner_restarts_total: {
    type: 'counter',
    help: 'Runners that were started again, by why the one before ended.',
    labels: ['reason'],
  },
  shoal_quarantines_total: {
    type: 'counter',
    help: 'Models (what: version) and single inputs (request) put into quarantine.',
    labels: ['what'],
  },
  shoal_runner_replacements_total: {
    type: 'counter',
    help: 'Runners that were replaced while serving, because they had grown beyond their budget.',
    labels: [],
  },
  shoal_runner_resident_bytes: {
    type: 'gauge',
    help: 'Memory that a runner holds.',
    labels: ['runner'],
  },
  model_request_operations_total: {
    type: 'counter',
    help: 'Requests to models, all together.',
    labels: [],
  },
  test_request_operations_total: {
    type: 'counter',
    help: 'Requests to the test routes.',
    labels: [],
  },
  cpu_usage: {
    type: 'gauge',
    help: 'Processor time of this process since the last scrape, in percent of one core.',
    labels: [],
  },
} as const satisfies Record<string, MetricRow>;

type Vocabulary = typeof vocabulary;

export type MetricName = keyof Vocabulary;

type NamesOf<Type> = {
  [Name in MetricName]: Vocabulary[Name]['type'] extends Type ? Name : never;
}[MetricName];

export type CounterName = NamesOf<'counter'>;
export type GaugeName = NamesOf<'gauge'>;
export type HistogramName = NamesOf<'histogram'>;

/** A value for each label of the metric. */
export type LabelsOf<Name extends MetricName> = Readonly<
  Record<Vocabulary[Name]['labels'][number], string>
>;

/** The stages of a request: the values of the label `stage`. */
export const stages = ['decode', 'queue', 'transfer', 'run', 'encode'] as const;
