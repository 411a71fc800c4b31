import type { Datatype } from './datatype';

/** One dimension: a fixed size, a named free size, or a nameless free size (null). */
export type Dimension = number | string | null;

/**
 * What a model says of one of its inputs or outputs.
 * `datatype` is null where the runtime cannot carry the value (sequences, maps, bfloat16 ...);
 * `valueType` says in words what the model declares, e.g. `tensor(float)` or `seq(map(int64,float))`.
 * `shape` is null where the model leaves the rank open; `[]` is a scalar.
 */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype | null;
  readonly valueType: string;
  readonly shape: readonly Dimension[] | null;
}

/** Inputs that a caller has to give and outputs that it can ask for, in the model's order. */
export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}
