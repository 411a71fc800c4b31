import { ShoalError } from '../../core/errors';
import type { ImageInput, Servable } from '../../protocol/catalog';
import type { Datatype } from '../../protocol/datatype';
import type { Dimension, TensorSpec } from '../../protocol/signature';

/** Element types that a picture's values can be written in. */
const pictureDatatypes = ['UINT8', 'FP16', 'FP32', 'FP64'] as const;

export type PictureDatatype = (typeof pictureDatatypes)[number];

/** The input that a picture becomes, and how. */
export interface PictureTarget {
  readonly name: string;
  readonly datatype: PictureDatatype;
  /** The input has a batch axis in front of the picture's three. */
  readonly batched: boolean;
  readonly image: ImageInput;
}

/**
 * How a picture becomes the model's only input: as its configuration says, else by the input's
 * shape ([1,3,h,w], [h,w,3] ...; one or three channels, fixed height and width, channels first
 * where both would fit) with the pixels' values from 0 to 255 as they are. Throws invalid_request
 * where the model takes no picture.
 */
export function pictureTarget({ model, signature, image }: Servable): PictureTarget {
  const [input, ...more] = signature.inputs;
  if (input === undefined || more.length > 0) {
    throw noPicture(model, `it has ${signature.inputs.length} inputs, not one`);
  }
  const { name, datatype, shape } = input;
  if (!isPictureDatatype(datatype)) {
    throw noPicture(model, `its input '${name}' is ${datatype ?? input.valueType}`);
  }
  const found = image ?? imageOfShape(input);
  if (found === undefined) {
    const dims = shape?.map((dim) => dim ?? '?').join(', ') ?? 'of any rank';
    throw noPicture(model, `its input '${name}' is [${dims}], which is no picture's shape`);
  }
  return { name, datatype, batched: shape?.length !== 3, image: found };
}

function isPictureDatatype(datatype: Datatype | null): datatype is PictureDatatype {
  return datatype !== null && (pictureDatatypes as readonly Datatype[]).includes(datatype);
}

function imageOfShape({ shape }: TensorSpec): ImageInput | undefined {
  if (shape === null) return undefined;
  const frame = shape.length === 4 && canBeOne(shape[0]) ? shape.slice(1) : shape;
  if (frame.length !== 3) return undefined;
  const [a, b, c] = frame;
  return plainImage('CHW', [a, b, c]) ?? plainImage('HWC', [c, a, b]);
}

function canBeOne(dim: Dimension | undefined): boolean {
  return dim === 1 || typeof dim !== 'number';
}

function plainImage(
  layout: ImageInput['layout'],
  [channels, height, width]: readonly (Dimension | undefined)[],
): ImageInput | undefined {
  if (channels !== 1 && channels !== 3) return undefined;
  if (typeof height !== 'number' || typeof width !== 'number') return undefined;
  const mean = Array.from({ length: channels }, () => 0);
  const std = mean.map(() => 1);
  return { layout, height, width, channels, scale: 1, mean, std, order: 'RGB' };
}

function noPicture(model: string, why: string): ShoalError {
  return new ShoalError(
    'invalid_request',
    `Model '${model}' takes no picture: ${why}. Send JSON values, or describe the input in the model's configuration (shoal.image).`,
  );
}
