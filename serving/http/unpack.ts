import { gunzip, inflate } from 'node:zlib';
import { ShoalError } from '../../core/errors';

const unpackers = { gzip: gunzip, deflate: inflate };

export type Packing = keyof typeof unpackers;

/** What Content-Encoding says; undefined for none. Throws unsupported_encoding. */
export function packingOf(contentEncoding: string | undefined): Packing | undefined {
  if (contentEncoding === undefined) return undefined;
  const named = contentEncoding.trim().toLowerCase();
  if (named === 'gzip' || named === 'deflate') return named;
  if (named === 'identity' || named === '') return undefined;
  throw new ShoalError(
    'unsupported_encoding',
    `Content-Encoding: wanted gzip, deflate or identity, came ${JSON.stringify(named)}.`,
    { headers: { 'accept-encoding': 'gzip, deflate' } },
  );
}

/** Unpacks a whole body into at most `maxBytes`. Rejects with too_large or malformed_body. */
export function unpack(packed: Buffer, packing: Packing, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    unpackers[packing](packed, { maxOutputLength: maxBytes }, (error, unpacked) => {
      if (error === null) resolve(unpacked);
      else reject(unpackFault(error, packing, maxBytes));
    });
  });
}

function unpackFault(error: NodeJS.ErrnoException, packing: Packing, maxBytes: number): ShoalError {
  if (error.code === 'ERR_BUFFER_TOO_LARGE') {
    return new ShoalError(
      'too_large',
      `The unpacked body: wanted at most ${maxBytes} bytes, came more.`,
      { fields: { limit_bytes: maxBytes } },
    );
  }
  const state = error.code === 'Z_BUF_ERROR' ? 'ends too early' : 'is damaged';
  return new ShoalError('malformed_body', `The ${packing} body ${state}.`);
}
