import { arrayOf, type Datatype, type Tensor, type TensorData } from './tensor.js';

/** The bytes of a tensor as they travel: little-endian, strings with their lengths in front. */
export function bytesOf(tensor: Tensor): Uint8Array {
  if (tensor.datatype === 'BOOL') return Uint8Array.from(tensor.data, Number);
  if (tensor.datatype === 'BYTES') return stringBytes(tensor.data);
  const { buffer, byteOffset, byteLength } = tensor.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The tensor whose bytes these are. */
export function tensorFrom(
  datatype: Datatype,
  shape: readonly number[],
  bytes: Uint8Array,
): Tensor {
  return { datatype, shape, data: dataFrom(datatype, bytes) } as Tensor;
}

function dataFrom(datatype: Datatype, bytes: Uint8Array): TensorData {
  if (datatype === 'BOOL') return Array.from(bytes, (byte) => byte !== 0);
  if (datatype === 'BYTES') return stringsIn(bytes);
  // A copy: tensors begin anywhere in an answer, typed arrays only at multiples of their size.
  return new arrayOf[datatype](bytes.slice().buffer);
}

function stringBytes(strings: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  const encoded = strings.map((text) => encoder.encode(text));
  const all = new Uint8Array(encoded.reduce((sum, bytes) => sum + 4 + bytes.length, 0));
  const view = new DataView(all.buffer);
  let at = 0;
  for (const bytes of encoded) {
    view.setUint32(at, bytes.length, true);
    all.set(bytes, at + 4);
    at += 4 + bytes.length;
  }
  return all;
}

function stringsIn(bytes: Uint8Array): string[] {
  // A byte order mark is a character of the string like any other.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strings: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = at + 4 + view.getUint32(at, true);
    strings.push(decoder.decode(bytes.subarray(at + 4, end)));
    at = end;
  }
  return strings;
}
