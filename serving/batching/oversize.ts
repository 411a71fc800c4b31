import type { InferResponse, ResolvedRequest } from '../../protocol/infer';
import type { Tensor } from '../../protocol/tensor';
import { joinRows, splitRows } from '../../protocol/tensor-rows';

/**
 * The parts of a request that brings more rows than fit into a run, or undefined where it fits.
 * Only our own default limit splits; a configured one has refused the request before.
 */
export function splitRequest(request: ResolvedRequest): ResolvedRequest[] | undefined {
  const { batching } = request.servable;
  const rows = request.inputs[0]?.shape[0] ?? 1;
  if (!batching.allowed || rows <= batching.maxRows) return undefined;
  const counts: number[] = [];
  for (let left = rows; left > 0; left -= batching.maxRows) {
    counts.push(Math.min(left, batching.maxRows));
  }
  const parts = request.inputs.map((input) => splitRows(input, counts));
  return counts.map((_, at) => ({
    ...request,
    inputs: parts.map((part) => part[at] as Tensor),
  }));
}

/** The answers to the parts of one request, as its answer. */
export function joinResponses(responses: readonly InferResponse[]): InferResponse {
  const [first] = responses as readonly [InferResponse, ...InferResponse[]];
  return {
    ...first,
    outputs: first.outputs.map((_, at) =>
      joinRows(responses.map((response) => response.outputs[at] as Tensor)),
    ),
  };
}
