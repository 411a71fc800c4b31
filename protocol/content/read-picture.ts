import type { Servable } from '../catalog';
import type { Tensor } from '../tensor';

/**
 * Makes the model's only input out of a JPEG or PNG. Rejects with invalid_request where the model
 * takes no picture, unsupported_media_type, too_large or malformed_body.
 */
export type ReadPicture = (bytes: Buffer, type: string, servable: Servable) => Promise<Tensor>;
