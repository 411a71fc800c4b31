import type { ImageInput } from '../protocol/catalog';
import type { Dimension, Signature, TensorSpec } from '../protocol/signature';

/** What a request meets that is asked of a version. */
export interface AskedForm {
  /** The one that requests are held to. */
  readonly signature: Signature;
  readonly image: ImageInput | null;
  /** Rows of a request that is not refused; Infinity where nothing is configured. */
  readonly mostRows: number;
}

/**
 * Why a version does not take whatever the default takes, or answers otherwise; undefined where it can
 * answer in its place.
 */
export function otherForm(standard: AskedForm, version: AskedForm): string | undefined {
  const [ours, theirs] = [standard.signature, version.signature];
  if (!alike(ours.inputs, theirs.inputs, takenAs)) return 'it does not take the same inputs';
  if (!alike(ours.outputs, theirs.outputs, readAs)) return 'it has other outputs';
  // Pictures become tensors by the default's configuration, whichever version answers.
  if (JSON.stringify(standard.image) !== JSON.stringify(version.image)) {
    return 'its shoal.image is another';
  }
  const { mostRows } = version;
  return mostRows < standard.mostRows ? `its max_batch_size is ${mostRows}, less` : undefined;
}

type Fit = (one: TensorSpec['shape'], other: TensorSpec['shape']) => boolean;

function alike(ones: readonly TensorSpec[], others: readonly TensorSpec[], fit: Fit): boolean {
  return (
    ones.length === others.length &&
    ones.every((one, at) => {
      const other = others[at];
      return (
        one.name === other?.name && one.datatype === other.datatype && fit(one.shape, other.shape)
      );
    })
  );
}

/** A size that is fixed there is fixed to the same here: else there is one that it refuses. */
function takenAs(one: TensorSpec['shape'], other: TensorSpec['shape']): boolean {
  if (other === null) return true;
  return sameRank(one, other, (size, its) => !isFixed(its) || size === its);
}

/** Whoever reads an answer goes by its own shape: free sizes fit any. */
function readAs(one: TensorSpec['shape'], other: TensorSpec['shape']): boolean {
  if (one === null || other === null) return true;
  return sameRank(one, other, (size, its) => !isFixed(size) || !isFixed(its) || size === its);
}

function sameRank(
  one: TensorSpec['shape'],
  other: readonly Dimension[],
  fits: (size: Dimension, its: Dimension) => boolean,
): boolean {
  return one?.length === other.length && one.every((size, at) => fits(size, other[at] ?? null));
}

function isFixed(size: Dimension): size is number {
  return typeof size === 'number';
}
