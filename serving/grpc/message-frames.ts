import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';
import { ShoalError } from '../../core/errors';
import { prefixBytes, sizeOf, type OutgoingMessage } from '../../protocol/grpc/wire/wire-writer';
import { unpack, type Packing } from '../http/unpack';

const packers = { gzip: promisify(gzip), deflate: promisify(deflate) };

/** Fills in the prefix of a message that goes as it is. */
export function framed(message: OutgoingMessage): OutgoingMessage {
  const [first] = message;
  if (first === undefined) throw new RangeError('a message without its prefix');
  first[0] = 0;
  first.writeUInt32BE(sizeOf(message) - prefixBytes, 1);
  return message;
}

/** The message packed, off the main thread. */
export async function framedPacked(
  message: OutgoingMessage,
  packing: Packing,
): Promise<OutgoingMessage> {
  const packed = await packers[packing](Buffer.concat(message).subarray(prefixBytes));
  const prefix = Buffer.alloc(prefixBytes);
  prefix[0] = 1;
  prefix.writeUInt32BE(packed.length, 1);
  return [prefix, packed];
}

/** A message as it came. */
export interface Frame {
  readonly packed: boolean;
  readonly bytes: Buffer;
}

/** The length that a message's prefix announces, checked. Throws malformed_body, too_large. */
export function announcedLength(prefix: Buffer, maxBytes: number): number {
  const flag = prefix[0] ?? 0;
  if (flag > 1) throw malformed(`begins with the flag ${flag}, which is neither 0 nor 1`);
  const length = prefix.readUInt32BE(1);
  if (length > maxBytes) throw tooLarge(maxBytes, String(length));
  return length;
}

/** The one message that is the whole body. Throws malformed_body, too_large. */
export function onlyFrame(body: Buffer, maxBytes: number): Frame {
  if (body.length < prefixBytes) throw malformed('is not there, or only in part');
  const length = announcedLength(body, maxBytes);
  const came = body.length - prefixBytes;
  if (came < length) throw malformed(`announces ${length} bytes, but ${came} came`);
  if (came > length)
    throw malformed(`is followed by ${came - length} bytes more; wanted one message`);
  return { packed: body[0] === 1, bytes: body.subarray(prefixBytes) };
}

/** The message itself. `packing` is what the call's head says. */
export function unpacked(
  { packed, bytes }: Frame,
  packing: Packing | undefined,
  maxBytes: number,
): Buffer | Promise<Buffer> {
  if (!packed) return bytes;
  if (packing === undefined) throw malformed('is packed, but grpc-encoding does not say how');
  return unpack(bytes, packing, maxBytes);
}

export function tooLarge(maxBytes: number, came: string): ShoalError {
  return new ShoalError(
    'too_large',
    `The message: wanted at most ${maxBytes} bytes, came ${came}; send less at a time or raise ` +
      `GRPC_MAX_MESSAGE_BYTES.`,
  );
}

export function malformed(how: string): ShoalError {
  return new ShoalError('malformed_body', `The message ${how}.`);
}
