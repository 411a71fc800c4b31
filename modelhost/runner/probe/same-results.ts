import type { Datatype } from '../../../protocol/datatype';
import type { Tensor } from '../../../protocol/tensor';
import { halfValue } from '../../../protocol/tensor-json/half';

/** How far results may lie apart: other sums in other orders are no other results. */
const tolerances: Partial<Record<Datatype, { relative: number; absolute: number }>> = {
  FP16: { relative: 0.02, absolute: 0.002 },
  FP32: { relative: 1e-4, absolute: 1e-5 },
  FP64: { relative: 1e-6, absolute: 1e-9 },
};

/** Why results of rows together are not those of each alone stacked; '' if they are. */
export function differenceOf(together: readonly Tensor[], stacked: readonly Tensor[]): string {
  for (const [index, expected] of stacked.entries()) {
    const found = together[index];
    if (found === undefined) return `output '${expected.name}' is missing`;
    if (found.shape.join() !== expected.shape.join()) {
      return `output '${expected.name}' does not have one row for each row of input`;
    }
    if (!sameData(found, expected)) {
      return `output '${expected.name}' of a row depends on the other rows`;
    }
  }
  return '';
}

function sameData(found: Tensor, expected: Tensor): boolean {
  const tolerance = tolerances[expected.datatype];
  if (tolerance === undefined) return Buffer.compare(found.data, expected.data) === 0;
  const a = numbers(found);
  const b = numbers(expected);
  return a.every((value, index) => close(value, b[index] ?? NaN, tolerance));
}

function close(a: number, b: number, by: { relative: number; absolute: number }): boolean {
  if (Object.is(a, b) || a === b) return true;
  return Math.abs(a - b) <= by.absolute + by.relative * Math.max(Math.abs(a), Math.abs(b));
}

function numbers({ datatype, data }: Tensor): number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const size = datatype === 'FP16' ? 2 : datatype === 'FP32' ? 4 : 8;
  const read = (at: number): number => {
    if (datatype === 'FP32') return view.getFloat32(at, true);
    return datatype === 'FP64' ? view.getFloat64(at, true) : halfValue(view.getUint16(at, true));
  };
  return Array.from({ length: data.byteLength / size }, (_, index) => read(index * size));
}
