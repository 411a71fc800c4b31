import type { BatchTotals, ModelStatistics, Statistics } from '../../control/statistics';
import type { UnaryMethod } from '../call';
import { GRPCInferenceService as service } from '../generated/inference_pb';
import { askedModel } from '../infer/read-request';
import { typedMethod } from './typed-method';

export function statisticsMethod(statistics: Statistics): UnaryMethod {
  const route = { method: 'GET', path: '/v2/models/m/stats' } as const;
  return typedMethod(service.method.modelStatistics, route, async ({ name, version }) => {
    if (name !== '') askedModel({ model: name, version });
    const found = await statistics.of(name, version);
    return { modelStats: found.map(statisticsOf) };
  });
}

function statisticsOf(of: ModelStatistics) {
  const { success, fail, queue, computeInput, computeInfer, computeOutput } = of;
  const { cacheHit, cacheMiss } = of;
  return {
    name: of.name,
    version: of.version,
    lastInference: of.lastInferenceMs,
    inferenceCount: of.inferenceCount,
    executionCount: of.executionCount,
    inferenceStats: {
      success,
      fail,
      queue,
      computeInput,
      computeInfer,
      computeOutput,
      cacheHit,
      cacheMiss,
    },
    batchStats: of.batches.map(batchOf),
  };
}

function batchOf({ batchSize, computeInput, computeInfer, computeOutput }: BatchTotals) {
  return { batchSize: BigInt(batchSize), computeInput, computeInfer, computeOutput };
}
