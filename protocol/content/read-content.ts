import { ShoalError } from '../../core/errors';
import type { Servable } from '../catalog';
import type { Tensor } from '../tensor';
import { contentCodec, contentTypes } from './codecs';
import { mediaType } from './media-type';
import type { ReadPicture } from './read-picture';

/**
 * The inputs that a body of this content type holds; JSON is its reader's own. Rejects with
 * unsupported_media_type where nothing reads it.
 */
export async function readContent(
  header: string,
  body: Buffer,
  servable: Servable,
  readPicture: ReadPicture,
): Promise<readonly Tensor[]> {
  const { type, parameters } = mediaType(header);
  if (type.startsWith('image/')) return [await readPicture(body, type, servable)];
  const codec = contentCodec(type);
  if (codec !== undefined) return codec.read(body, servable, parameters);
  throw new ShoalError(
    'unsupported_media_type',
    `Wanted application/json, image/jpeg, image/png, ${contentTypes.join(', ')}; got ` +
      `'${type.slice(0, 80)}'.`,
  );
}
