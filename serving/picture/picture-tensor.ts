import type { ImageInput } from '../../protocol/catalog';
import type { Tensor } from '../../protocol/tensor';
import { halfBits } from '../../protocol/tensor-json/half';
import type { PictureDatatype, PictureTarget } from './image-input';

type Values = Uint8Array | Uint16Array | Float32Array | Float64Array;

/** What holds values of a type, and how one is written there; UINT8 is rounded and clamped. */
const kinds: Readonly<
  Record<
    PictureDatatype,
    { readonly make: (count: number) => Values; readonly write: (value: number) => number }
  >
> = {
  UINT8: {
    make: (count) => new Uint8Array(count),
    write: (value) => Math.min(255, Math.max(0, Math.round(value))),
  },
  FP16: { make: (count) => new Uint16Array(count), write: halfBits },
  FP32: { make: (count) => new Float32Array(count), write: (value) => value },
  FP64: { make: (count) => new Float64Array(count), write: (value) => value },
};

/**
 * The tensor of decoded pixels: `height * width * channels` bytes, row by row, channels next to
 * each other in the order red, green, blue. Per channel, in the model's order of channels:
 * value = (pixel * scale - mean) / std.
 */
export function pictureTensor(pixels: Uint8Array, target: PictureTarget): Tensor {
  const { image, datatype, name, batched } = target;
  const { channels, height, width, layout } = image;
  const { make } = kinds[datatype];
  const out = make(height * width * channels);
  const area = height * width;
  for (let channel = 0; channel < channels; channel++) {
    const table = valueTable(image, channel, datatype);
    const source = image.order === 'BGR' ? channels - 1 - channel : channel;
    const step = layout === 'HWC' ? channels : 1;
    let to = layout === 'HWC' ? channel : channel * area;
    for (let from = source; from < pixels.length; from += channels, to += step) {
      out[to] = table[pixels[from] ?? 0] ?? 0;
    }
  }
  const frame = layout === 'HWC' ? [height, width, channels] : [channels, height, width];
  const data = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
  return { name, datatype, shape: batched ? [1, ...frame] : frame, data };
}

/** What each of the 256 pixel values becomes. */
function valueTable(image: ImageInput, channel: number, datatype: PictureDatatype): Values {
  const { make, write } = kinds[datatype];
  const mean = image.mean[channel] ?? 0;
  const std = image.std[channel] ?? 1;
  const table = make(256);
  for (let pixel = 0; pixel < 256; pixel++) {
    table[pixel] = write((pixel * image.scale - mean) / std);
  }
  return table;
}
