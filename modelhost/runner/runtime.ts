import { createRequire } from 'node:module';
import type * as OnnxRuntime from 'onnxruntime-node';

/** What is used of ONNX Runtime's package for Node. */
export type Runtime = Pick<typeof OnnxRuntime, 'InferenceSession' | 'Tensor'>;

/**
 * Loads the package that lies in a directory, or with '' the release that comes with the server.
 * Both sessions and tensors have to be of the same one. Throws what Node throws where it cannot.
 */
export function loadRuntime(directory: string): Runtime {
  const load = createRequire(__filename);
  return load(directory === '' ? 'onnxruntime-node' : directory) as Runtime;
}
