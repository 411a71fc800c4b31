import type { Servable } from '../../protocol/catalog';
import type { Tensor } from '../../protocol/tensor';

/**
 * What two requests must have in common to share a run, as a text: the sizes of a row's free
 * dimensions. Null where rows all have the same shape or never share a run, as is usual.
 */
export type RowShape = ((inputs: readonly Tensor[]) => string) | null;

export function createRowShape({ signature, batching }: Servable): RowShape {
  if (!batching.allowed) return null;
  /** Per input the free dimensions behind the first; null where the rank is free. */
  const free = signature.inputs.map(({ shape }) =>
    shape === null
      ? null
      : shape.flatMap((dim, at) => (at > 0 && typeof dim !== 'number' ? [at] : [])),
  );
  if (free.every((dims) => dims?.length === 0)) return null;
  return (inputs) => {
    let key = '';
    for (let at = 0; at < free.length; at += 1) {
      const shape = inputs[at]?.shape ?? [];
      const dims = free[at] ?? null;
      if (dims === null) key += `${shape.slice(1).join('x')};`;
      else for (const dim of dims) key += `${shape[dim] ?? 0},`;
    }
    return key;
  };
}
