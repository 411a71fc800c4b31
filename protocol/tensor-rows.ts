import type { Tensor } from './tensor';

/**
 * Byte offset of each wanted row boundary in a tensor of at least one row. `boundaries` ascend,
 * from 0 to the tensor's first dimension.
 */
function offsets(tensor: Tensor, boundaries: readonly number[]): number[] {
  const rows = tensor.shape[0] ?? 1;
  if (tensor.datatype !== 'BYTES') {
    const rowBytes = rows === 0 ? 0 : tensor.data.byteLength / rows;
    return boundaries.map((row) => row * rowBytes);
  }
  const perRow = tensor.shape.slice(1).reduce((product, dim) => product * dim, 1);
  return stringOffsets(
    tensor.data,
    boundaries.map((row) => row * perRow),
  );
}

/** Byte offsets of the elements with the given ascending indices in length-prefixed strings. */
function stringOffsets(data: Uint8Array, elements: readonly number[]): number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const found: number[] = [];
  let offset = 0;
  let element = 0;
  for (const wanted of elements) {
    for (; element < wanted; element += 1) offset += 4 + view.getUint32(offset, true);
    found.push(offset);
  }
  return found;
}

/** Cuts a tensor along its first dimension; the parts are views on the same bytes. */
export function splitRows(tensor: Tensor, counts: readonly number[]): Tensor[] {
  const boundaries = [0];
  let sum = 0;
  for (const count of counts) boundaries.push((sum += count));
  const at = offsets(tensor, boundaries);
  const inner = tensor.shape.slice(1);
  return counts.map((count, index) => ({
    name: tensor.name,
    datatype: tensor.datatype,
    shape: [count, ...inner],
    data: tensor.data.subarray(at[index], at[index + 1]),
  }));
}

/** Puts tensors of equal name, type and inner shape together along their first dimension. */
export function joinRows(parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  if (first === undefined) throw new RangeError('joinRows wants at least one tensor');
  const data = new Uint8Array(parts.reduce((bytes, part) => bytes + part.data.byteLength, 0));
  let at = 0;
  let rows = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.byteLength;
    rows += part.shape[0] ?? 0;
  }
  return { ...first, shape: [rows, ...first.shape.slice(1)], data };
}
