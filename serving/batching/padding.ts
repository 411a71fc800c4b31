import type { Tensor } from '../../protocol/tensor';
import { splitRows } from '../../protocol/tensor-rows';

/** Rows from this size on are sent several times from one place instead of being copied. */
const largeRowBytes = 4096;

/**
 * Bytes of `count` more rows for a tensor of at least one: its last row, again and again. That
 * row is one the model can compute on, which zeros may not be.
 */
export function fillingOf(tensor: Tensor, count: number): Uint8Array[] {
  const rows = tensor.shape[0] ?? 0;
  const row = splitRows(tensor, [rows - 1, 1])[1]?.data ?? new Uint8Array();
  if (row.byteLength === 0) return [];
  if (row.byteLength >= largeRowBytes) return Array<Uint8Array>(count).fill(row);
  return [Buffer.alloc(count * row.byteLength, row)];
}
