import type { SharedRegions } from '../../control/shared-memory';
import type { Caller, InferRequest } from '../../infer';
import type { Tensor } from '../../tensor';
import type { InferCall } from './infer-call';

/**
 * The request with the data of the inputs that lie in shared memory; later, where it has to be found
 * out first who the caller is. Throws for those, and for outputs that could not be written there.
 */
export function fromRegions(
  regions: SharedRegions,
  call: InferCall,
  request: InferRequest,
  caller: Caller,
): InferRequest | Promise<InferRequest> {
  const { inputParts, outputParts } = call;
  if (inputParts.length === 0 && outputParts.length === 0) return request;
  const found = (): InferRequest => {
    for (const part of outputParts) if (part !== undefined) regions.checkOutput(part, caller);
    if (inputParts.length === 0) return request;
    return { ...request, inputs: regions.inputs(request.inputs, inputParts, caller) };
  };
  return regions.meet(caller)?.then(found) ?? found();
}

/** Writes the outputs that are wanted in shared memory. */
export function toRegions(
  regions: SharedRegions,
  { outputs: names, outputParts }: InferCall,
  outputs: readonly Tensor[],
  caller: Caller,
): void {
  if (outputParts.length === 0) return;
  for (const output of outputs) {
    const part = outputParts[names.indexOf(output.name)];
    if (part !== undefined) regions.write(output, part, caller);
  }
}
