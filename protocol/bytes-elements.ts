import { ShoalError } from '../core/errors';

/** Bytes of the length in front of each BYTES element: an unsigned little-endian integer. */
const prefixBytes = 4;

/**
 * The elements of a BYTES tensor's data, as views. Throws invalid_request where a length runs past
 * the end; `name` is the tensor's, for the message.
 */
export function bytesElements(name: string, data: Uint8Array): Buffer[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const elements: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const left = bytes.length - at;
    if (left < prefixBytes) throw truncated(name, prefixBytes, left);
    const length = bytes.readUInt32LE(at);
    if (length > left - prefixBytes) throw truncated(name, length, left - prefixBytes);
    elements.push(bytes.subarray(at + prefixBytes, at + prefixBytes + length));
    at += prefixBytes + length;
  }
  return elements;
}

function truncated(name: string, wanted: number, left: number): ShoalError {
  return new ShoalError(
    'invalid_request',
    `incomplete string data for inference input '${name}', expecting string of length ` +
      `${wanted} but only ${left} bytes available`,
  );
}

/** The data of a BYTES tensor with these elements. */
export function bytesData(elements: readonly string[]): Uint8Array {
  let total = 0;
  for (const element of elements) total += prefixBytes + Buffer.byteLength(element);
  const data = Buffer.allocUnsafeSlow(total);
  let at = 0;
  for (const element of elements) {
    const length = data.write(element, at + prefixBytes, 'utf8');
    data.writeUInt32LE(length, at);
    at += prefixBytes + length;
  }
  return data;
}
