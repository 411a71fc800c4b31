import type { BatchTotals, DurationTotal, ModelStatistics } from '../../control/statistics';

/** The answer of Triton's statistics extension; 64-bit numbers keep all their digits. */
export function statisticsJson(models: readonly ModelStatistics[]): string {
  return `{"model_stats":[${models.map(modelJson).join(',')}]}`;
}

function modelJson(model: ModelStatistics): string {
  const stats = [
    `"success":${durationJson(model.success)}`,
    `"fail":${durationJson(model.fail)}`,
    `"queue":${durationJson(model.queue)}`,
    computeJson(model),
    `"cache_hit":${durationJson(model.cacheHit)}`,
    `"cache_miss":${durationJson(model.cacheMiss)}`,
  ];
  return (
    `{"name":${JSON.stringify(model.name)},"version":${JSON.stringify(model.version)},` +
    `"last_inference":${model.lastInferenceMs},"inference_count":${model.inferenceCount},` +
    `"execution_count":${model.executionCount},"inference_stats":{${stats.join(',')}},` +
    `"response_stats":{},"batch_stats":[${model.batches.map(batchJson).join(',')}],` +
    '"memory_usage":[]}'
  );
}

function batchJson(batch: BatchTotals): string {
  return `{"batch_size":${batch.batchSize},${computeJson(batch)}}`;
}

type Compute = Pick<ModelStatistics, 'computeInput' | 'computeInfer' | 'computeOutput'>;

function computeJson({ computeInput, computeInfer, computeOutput }: Compute): string {
  return (
    `"compute_input":${durationJson(computeInput)},` +
    `"compute_infer":${durationJson(computeInfer)},` +
    `"compute_output":${durationJson(computeOutput)}`
  );
}

function durationJson({ count, ns }: DurationTotal): string {
  return `{"count":${count},"ns":${ns}}`;
}
