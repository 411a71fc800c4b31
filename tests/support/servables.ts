import type { Batching, Servable } from '../../protocol/catalog';
import type { InferContext, ResolvedRequest } from '../../protocol/infer';
import type { TensorSpec } from '../../protocol/signature';
import type { Tensor } from '../../protocol/tensor';

/** Specs, servables, tensors and requests for tests that run no model. */
export function spec(
  name: string,
  shape: TensorSpec['shape'],
  datatype: TensorSpec['datatype'] = 'FP32',
): TensorSpec {
  return { name, shape, datatype, valueType: `tensor(${datatype ?? 'other'})` };
}

export function servable(
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  batching: Partial<Batching> = {},
): Servable {
  return {
    model: 'm',
    version: 1,
    generation: 1,
    signature: { inputs, outputs },
    batching: { allowed: true, maxRows: 8, configured: false, maxDelayUs: 0, ...batching },
    image: null,
    timeoutMs: 60_000,
    defaultTimeoutMs: 60_000,
    defaultAnswer: null,
    rates: null,
  };
}

export function floats(name: string, shape: readonly number[], values: readonly number[]): Tensor {
  const data = new Uint8Array(Float32Array.from(values).buffer);
  return { name, datatype: 'FP32', shape, data };
}

export function floatsOf(tensor: Tensor): number[] {
  const copy = Uint8Array.from(tensor.data);
  return [...new Float32Array(copy.buffer)];
}

export function strings(name: string, shape: readonly number[], texts: readonly string[]): Tensor {
  const parts = texts.map((text) => {
    const bytes = Buffer.from(text, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return { name, datatype: 'BYTES', shape, data: new Uint8Array(Buffer.concat(parts)) };
}

export function request(
  of: Servable,
  inputs: readonly Tensor[],
  outputs: readonly string[] = [],
): ResolvedRequest {
  return {
    servable: of,
    model: of.model,
    version: '',
    id: '',
    inputs,
    outputs,
    parameters: new Map(),
  };
}

export function context(overrides: Partial<InferContext> = {}): InferContext {
  return {
    requestId: 'r',
    caller: { peer: '', header: () => undefined },
    arrivedAt: performance.now(),
    deadline: performance.now() + 60_000,
    gone: false,
    priority: 0,
    trace: '',
    stages: { decode: 0, queue: 0, transfer: 0, run: 0, encode: 0 },
    ...overrides,
  };
}
