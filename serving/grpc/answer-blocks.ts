import { errorHeaders } from '../../core/envelope';
import type { ShoalError } from '../../core/errors';
import { grpcStatuses, grpcStatusOf } from '../../core/grpc-status';
import type { Packing } from '../http/unpack';
import { encodeFields } from '../http2/hpack/encode-fields';

type Fields = readonly (readonly [name: string, value: string])[];

const grpcHead: Fields = [
  [':status', '200'],
  ['content-type', 'application/grpc'],
];

/** The trailers of a call that has succeeded. */
export const okTrailers = encodeFields([['grpc-status', '0']]);

/** Blocks of the same metadata are made once. */
const kept = new Map<string, Buffer>();
const mostKept = 1000;

/** The headers in front of answers. `metadata`: name, value, name, value ... */
export function answerHead(metadata: readonly string[], packing: Packing | undefined): Buffer {
  const key = packing === undefined ? metadata.join('\n') : `${metadata.join('\n')}\n${packing}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const own: [string, string][] = [];
  for (let at = 0; at + 1 < metadata.length; at += 2) {
    own.push([metadata[at] ?? '', metadata[at + 1] ?? '']);
  }
  const packed: Fields = packing === undefined ? [] : [['grpc-encoding', packing]];
  const block = encodeFields([...grpcHead, ...packed, ...own]);
  if (kept.size >= mostKept) kept.clear();
  kept.set(key, block);
  return block;
}

/** A status that is no OK: as trailers behind answers, or with a head as all that is answered. */
export function errorBlock(
  error: ShoalError,
  requestId: string,
  { alone }: { readonly alone: boolean },
): Buffer {
  const more = Object.entries(errorHeaders(error)).filter(([name]) => !connectionOnly.has(name));
  return encodeFields([
    ...(alone ? grpcHead : []),
    ['grpc-status', String(grpcStatuses[grpcStatusOf(error.code)])],
    ['grpc-message', percentEncoded(error.message)],
    ['shoal-error', error.code],
    ['x-request-id', requestId],
    ...more,
  ]);
}

/** Headers of errors that have no place in HTTP/2. */
const connectionOnly = new Set(['connection', 'allow']);

/** An answer in HTTP's own words, for what is no gRPC. */
export function httpBlock(status: number): Buffer {
  return encodeFields([
    [':status', String(status)],
    ...(status === 405 ? ([['allow', 'POST']] as const) : []),
  ]);
}

/** Longest text of an error that is sent, in characters. */
const longestMessage = 2000;

/** gRPC's form of a text in a header: UTF-8 with everything but visible ASCII and blanks as %XX. */
export function percentEncoded(text: string): string {
  const bytes = Buffer.from(text.slice(0, longestMessage), 'utf8');
  let encoded = '';
  for (const byte of bytes) {
    encoded +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
