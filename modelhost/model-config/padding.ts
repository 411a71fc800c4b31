import type { Signature, TensorSpec } from '../../protocol/signature';
import type { ModelConfig } from './model-config';

/**
 * The size that the first dimension of every input and output is fixed to; null where none is.
 * Outputs that cannot be carried do not count.
 */
export function fixedRows({ inputs, outputs }: Signature): number | null {
  const served = outputs.filter(({ datatype }) => datatype !== null);
  const [first, ...rest] = [...inputs, ...served].map(({ shape }) => shape?.[0]);
  return typeof first === 'number' && rest.every((size) => size === first) ? first : null;
}

/** Rows to which every run of the model is filled up; null where a run has the rows that came. */
export function paddedRows({ padding }: ModelConfig, signature: Signature): number | null {
  return padding ? fixedRows(signature) : null;
}

/** The signature that requests are held to: where runs are filled up, the rows are free. */
export function servedSignature(config: ModelConfig, signature: Signature): Signature {
  if (paddedRows(config, signature) === null) return signature;
  const freed = (spec: TensorSpec): TensorSpec => ({
    ...spec,
    shape: spec.shape === null ? null : [null, ...spec.shape.slice(1)],
  });
  return { inputs: signature.inputs.map(freed), outputs: signature.outputs.map(freed) };
}
