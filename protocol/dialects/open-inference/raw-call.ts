import type { Servable } from '../../catalog';
import { rawTensor } from '../../content/octet-stream';
import type { Tensor } from '../../tensor';
import type { InferCall } from './infer-call';

/**
 * A call whose whole body is the data of the model's only input; all outputs are answered in
 * binary. Throws invalid_request where the input cannot be told.
 */
export function rawCall(servable: Servable, body: Buffer): InferCall {
  return bareCall([rawTensor(servable, body)], true);
}

/** A call of which only the inputs are known, and whether it is answered in binary. */
export function bareCall(inputs: readonly Tensor[], binaryDefault: boolean): InferCall {
  return {
    id: '',
    parameters: new Map(),
    timeoutUs: 0,
    priority: 0,
    inputs,
    blobs: [],
    inputParts: [],
    outputs: [],
    outputsBinary: [],
    classes: undefined,
    outputParts: [],
    binaryDefault,
  };
}
