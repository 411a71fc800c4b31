import type { InferContext, InferResponse, ResolvedRequest } from '../../protocol/infer';
import type { Waiting } from './queue';

/** One caller in the queue or in a batch. */
export interface Entry extends Waiting {
  readonly request: ResolvedRequest;
  readonly context: InferContext;
  readonly enqueuedAt: number;
  /** The caller's deadline, or the model's limit where that comes first. */
  readonly deadline: number;
  readonly resolve: (response: InferResponse) => void;
  readonly reject: (error: unknown) => void;
  alone: boolean;
  settled: boolean;
}

export function entryOf(
  request: ResolvedRequest,
  context: InferContext,
  settling: Pick<Entry, 'resolve' | 'reject'>,
): Entry {
  const { inputs, servable } = request;
  const enqueuedAt = performance.now();
  let bytes = 0;
  for (const tensor of inputs) bytes += tensor.data.byteLength;
  return {
    request,
    context,
    rows: servable.batching.allowed ? (inputs[0]?.shape[0] ?? 1) : 1,
    bytes,
    key: shapeKey(request),
    enqueuedAt,
    deadline: Math.min(context.deadline, enqueuedAt + servable.timeoutMs),
    ...settling,
    alone: false,
    settled: false,
  };
}

/**
 * What two requests must have in common to share a run: the sizes of a row's free dimensions.
 * Empty for models whose rows all have the same shape, which is the usual case.
 */
function shapeKey(request: ResolvedRequest): string {
  const { inputs, servable } = request;
  let key = '';
  for (const [at, spec] of servable.signature.inputs.entries()) {
    const shape = inputs[at]?.shape ?? [];
    if (spec.shape === null) {
      key += `${shape.slice(1).join('x')};`;
      continue;
    }
    for (let dim = 1; dim < spec.shape.length; dim += 1) {
      if (typeof spec.shape[dim] !== 'number') key += `${shape[dim] ?? 0},`;
    }
  }
  return key;
}
