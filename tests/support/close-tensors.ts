import type { Datatype } from '../../protocol/datatype';
import type { Tensor } from '../../protocol/tensor';

type Read = (view: DataView, at: number) => number;

const readers: Partial<Record<Datatype, readonly [size: number, read: Read]>> = {
  FP16: [2, (view, at) => half(view.getUint16(at, true))],
  FP32: [4, (view, at) => view.getFloat32(at, true)],
  FP64: [8, (view, at) => view.getFloat64(at, true)],
};

/** Expects the same names, datatypes and shapes, and data equal within the case's tolerance. */
export function expectClose(
  found: readonly Tensor[],
  expected: readonly Tensor[],
  within: { readonly rtol?: number; readonly atol?: number },
): void {
  const outline = ({ name, datatype, shape }: Tensor): unknown => ({ name, datatype, shape });
  expect(found.map(outline)).toEqual(expected.map(outline));
  expected.forEach((tensor, index) => {
    expectData(found[index]!, tensor, within);
  });
}

function expectData(
  found: Tensor,
  expected: Tensor,
  { rtol = 0, atol = 0 }: { readonly rtol?: number; readonly atol?: number },
): void {
  const reader = readers[expected.datatype];
  if (reader === undefined || (rtol === 0 && atol === 0)) {
    expect(Buffer.from(found.data).equals(expected.data)).toBe(true);
    return;
  }
  const [size, read] = reader;
  const wanted = numbers(expected.data, size, read);
  const far = numbers(found.data, size, read).filter((value, index) => {
    const target = wanted[index] ?? NaN;
    return (
      !Object.is(value, target) && !(Math.abs(value - target) <= atol + rtol * Math.abs(target))
    );
  });
  expect(far).toEqual([]);
  expect(found.data.byteLength).toBe(expected.data.byteLength);
}

function numbers(data: Uint8Array, size: number, read: Read): number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: data.byteLength / size }, (_, index) => read(view, index * size));
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
