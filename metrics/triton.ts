import type { Family } from './exposition';
import type { ModelSeries } from './model-series';

/**
 * Triton's counters, for dashboards and tools made for it. Apart from our own metrics, because
 * their names break Prometheus' conventions (no `_total`, microseconds).
 */
export function tritonFamilies(models: readonly ModelSeries[]): Family[] {
  return rows.map(([name, help, valueOf]) => ({
    name,
    help,
    type: 'counter',
    samples: models.map((series) => ({
      suffix: '',
      labels: series.labels,
      value: Math.round(valueOf(series)),
    })),
  }));
}

const rows: readonly (readonly [string, string, (series: ModelSeries) => number])[] = [
  ['nv_inference_request_success', 'Requests that succeeded.', (series) => series.succeeded],
  ['nv_inference_request_failure', 'Right requests that failed.', (series) => series.lost],
  ['nv_inference_count', 'Rows inferred.', (series) => series.inferredRows],
  ['nv_inference_exec_count', 'Runs that have ended well.', (series) => series.runs],
  [
    'nv_inference_request_duration_us',
    'Time of successful requests in microseconds.',
    (series) => series.succeededSeconds * 1e6,
  ],
  [
    'nv_inference_queue_duration_us',
    'Time in the queue in microseconds.',
    (series) => series.stageSeconds('queue') * 1e6,
  ],
  [
    'nv_inference_compute_infer_duration_us',
    'Time of running the model in microseconds.',
    (series) => series.stageSeconds('run') * 1e6,
  ],
];
