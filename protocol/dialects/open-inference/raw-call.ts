import type { Servable } from '../../catalog';
import { rawTensor } from '../../content/octet-stream';
import type { InferCall } from './infer-call';

/**
 * A call whose whole body is the data of the model's only input; all outputs are answered in
 * binary. Throws invalid_request where the input cannot be told.
 */
export function rawCall(servable: Servable, body: Buffer): InferCall {
  return {
    id: '',
    parameters: new Map(),
    timeoutUs: 0,
    priority: 0,
    inputs: [rawTensor(servable, body)],
    blobs: [],
    inputParts: [],
    outputs: [],
    outputsBinary: [],
    classes: undefined,
    outputParts: [],
    binaryDefault: true,
  };
}
