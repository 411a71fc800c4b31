import type { SharedRegions } from '../../control/shared-memory';
import type { Caller, InferRequest } from '../../infer';
import type { Tensor } from '../../tensor';
import type { InferCall } from './infer-call';

/**
 * The request with the data of the inputs that lie in shared memory. Throws for those, and for
 * outputs that could not be written there.
 */
export function fromRegions(
  regions: SharedRegions,
  call: InferCall,
  request: InferRequest,
  caller: Caller,
): InferRequest {
  const { inputParts, outputParts } = call;
  for (const part of outputParts) if (part !== undefined) regions.checkOutput(part, caller);
  if (inputParts.length === 0) return request;
  return { ...request, inputs: regions.inputs(request.inputs, inputParts, caller) };
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
