import fc from 'fast-check';
import { bytesData } from '../../protocol/bytes-elements';
import { bytesPerElement, type Datatype } from '../../protocol/datatype';
import { elementCount, type Tensor } from '../../protocol/tensor';
import { halfValue } from '../../protocol/tensor-json/half';

/** Small shapes, scalars and empty ones among them. */
export const shapes = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 });

/** A random tensor of a datatype with canonical bytes: BOOL 0 or 1, NaN the quiet one. */
export function tensors(datatype: Datatype): fc.Arbitrary<Tensor> {
  return shapes.chain((shape) => {
    const count = elementCount(shape);
    const data = dataOf(datatype, count).map((bytes) => {
      const padded = new Uint8Array(bytes.length + 1);
      padded.set(bytes, 1);
      return padded.subarray(1);
    });
    return data.map((bytes) => ({ name: 'X', datatype, shape, data: bytes }));
  });
}

function dataOf(datatype: Datatype, count: number): fc.Arbitrary<Uint8Array> {
  const exactly = { minLength: count, maxLength: count };
  if (datatype === 'BYTES') {
    const text = fc
      .string({ unit: 'binary' })
      .filter((value) => !value.includes('\0') && !/\p{Surrogate}/u.test(value));
    return fc.array(text, exactly).map(bytesData);
  }
  if (datatype === 'BOOL') {
    return fc.array(fc.integer({ min: 0, max: 1 }), exactly).map((list) => Uint8Array.from(list));
  }
  const length = count * bytesPerElement(datatype);
  const random = fc.uint8Array({ minLength: length, maxLength: length });
  return random.map((bytes) => withQuietNaN(datatype, bytes));
}

/** NaN payloads do not survive JSON: they become the quiet NaN. */
function withQuietNaN(datatype: Datatype, bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytesPerElement(datatype);
  for (let at = 0; at < bytes.length; at += size) {
    if (datatype === 'FP16') {
      const value = halfValue(view.getUint16(at, true));
      if (Number.isNaN(value)) view.setUint16(at, 0x7e00, true);
    } else if (datatype === 'FP32') {
      view.setFloat32(at, canonical(view.getFloat32(at, true)), true);
    } else if (datatype === 'FP64') {
      view.setFloat64(at, canonical(view.getFloat64(at, true)), true);
    }
  }
  return bytes;
}

function canonical(value: number): number {
  return Number.isNaN(value) ? NaN : value;
}
