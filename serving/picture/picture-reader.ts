import sharp, { type Metadata, type Sharp } from 'sharp';
import { ShoalError } from '../../core/errors';
import type { Servable } from '../../protocol/catalog';
import type { ReadPicture } from '../../protocol/content/read-picture';
import type { Tensor } from '../../protocol/tensor';
import { pictureTarget, type PictureTarget } from './image-input';
import { pictureTensor } from './picture-tensor';

/** Longest time that decoding a picture may take, in seconds. */
const maxSeconds = 20;

/**
 * Reads JPEG and PNG by sharp: turned upright as its EXIF data says, stretched to the model's
 * height and width (bilinear, aspect ratio not kept; not touched if it has that size), in sRGB,
 * transparency dropped, grey where the model has one channel. The number of pixels is checked in
 * the header, before anything is decoded.
 */
export function createPictureReader(maxPixels: number): ReadPicture {
  // One thread a picture, and nothing kept: memory is what the pictures under way need.
  sharp.cache(false);
  sharp.concurrency(1);
  return async (bytes: Buffer, type: string, servable: Servable): Promise<Tensor> => {
    const target = pictureTarget(servable);
    requirePicture(bytes, type);
    // Twice the limit here, so that it is our check of the header that refuses.
    const picture = sharp(bytes, { limitInputPixels: maxPixels * 2, failOn: 'error' });
    const metadata = await understood(picture.metadata());
    const pixels = metadata.width * metadata.height;
    if (pixels > maxPixels) throw tooManyPixels(metadata, maxPixels);
    return pictureTensor(await understood(decoded(picture, metadata, target)), target);
  };
}

async function decoded(
  picture: Sharp,
  metadata: Metadata,
  { image }: PictureTarget,
): Promise<Uint8Array> {
  const { height, width, channels } = image;
  const upright = picture.timeout({ seconds: maxSeconds }).autoOrient();
  const { autoOrient } = metadata;
  const fits = autoOrient.width === width && autoOrient.height === height;
  const sized = fits
    ? upright
    : upright.resize(width, height, { fit: 'fill', kernel: 'linear', fastShrinkOnLoad: false });
  const coloured = sized.removeAlpha().toColourspace(channels === 1 ? 'b-w' : 'srgb');
  const { data, info } = await coloured
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== channels || data.length !== height * width * channels) {
    throw new Error(`decoded to ${info.width} x ${info.height} x ${info.channels}`);
  }
  return data;
}

const starts = [
  { type: 'image/jpeg', bytes: Buffer.from([0xff, 0xd8, 0xff]) },
  { type: 'image/png', bytes: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1') },
];

/** What a form's part may say of its file without saying anything. */
const vague: readonly string[] = ['', 'application/octet-stream'];

/** Throws unless the bytes begin like a JPEG or PNG and nothing else is said of them. */
function requirePicture(bytes: Buffer, said: string): void {
  const type = said.split(';', 1)[0]?.trim().toLowerCase().replace('image/jpg', 'image/jpeg') ?? '';
  const named = starts.some((start) => start.type === type);
  const begins = starts.some((start) => bytes.subarray(0, start.bytes.length).equals(start.bytes));
  if (begins && (named || vague.includes(type))) return;
  if (named) throw unreadable(undefined);
  throw new ShoalError(
    'unsupported_media_type',
    `A picture must be image/jpeg or image/png; got '${type.slice(0, 60)}'.`,
  );
}

/** The library's errors as ours; its texts name its own parts and stay in the log. */
async function understood<Result>(result: Promise<Result>): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Error && /pixel limit/i.test(error.message)) {
      throw new ShoalError('too_large', 'The picture has too many pixels.', { cause: error });
    }
    throw unreadable(error);
  }
}

function unreadable(cause: unknown): ShoalError {
  return new ShoalError(
    'malformed_body',
    'The picture cannot be decoded: it is broken, cut short, or no JPEG or PNG.',
    { cause },
  );
}

function tooManyPixels({ width, height }: Metadata, maxPixels: number): ShoalError {
  return new ShoalError(
    'too_large',
    `A picture may have ${maxPixels} pixels (MAX_PICTURE_PIXELS); this one has ${width} x ${height}.`,
    { fields: { limit_pixels: maxPixels } },
  );
}
