import type { Constant, Dim, ElementType, Value } from './onnx-writer';

/** Short forms for the parts that most models are made of. */

export function tensor(name: string, elem: ElementType, shape: readonly Dim[] | null): Value {
  return { name, type: { elem, shape } };
}

export function floats(name: string, dims: readonly number[], values: Iterable<number>): Constant {
  return { name, elem: 'float', dims, data: new Uint8Array(Float32Array.from(values).buffer) };
}

export function ints(name: string, dims: readonly number[], values: readonly number[]): Constant {
  const data = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
  return { name, elem: 'int64', dims, data };
}
