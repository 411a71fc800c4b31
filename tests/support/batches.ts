import type { Batch, BatchInput } from '../../protocol/link/batch';
import type { Tensor } from '../../protocol/tensor';
import { servable } from './servables';

export interface BatchParts {
  readonly model?: string;
  readonly version?: number;
  readonly generation?: number;
  readonly inputs?: readonly (Tensor | BatchInput)[];
  readonly outputs?: readonly string[];
  readonly timeLeftMs?: number;
  readonly losses?: number;
}

/** A batch of one caller and one row unless said otherwise. */
export function batch(parts: BatchParts): Batch {
  const { model = 'm', version = 1, generation = 1, outputs = [], timeLeftMs = 10_000 } = parts;
  const { losses = 0 } = parts;
  const inputs = (parts.inputs ?? []).map((input) =>
    'chunks' in input ? input : { ...input, chunks: [input.data] },
  );
  return {
    servable: { ...servable([], []), model, version, generation },
    rows: 1,
    segments: [{ requestId: 'r', rows: 1, timeLeftMs, priority: 0, trace: '' }],
    inputs,
    outputs,
    losses,
  };
}
