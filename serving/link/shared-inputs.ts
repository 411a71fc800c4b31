import { partBytes } from '../../protocol/link/frame';
import type { Batch } from '../../protocol/link/batch';
import type { SharedArea } from './shared-area';

/** Inputs from this size on are shared; below it the socket is as fast. */
const leastBytes = 64 * 1024;

/** The inputs of batches that are in an area until their answer has come. */
export class SharedInputs {
  readonly #area: SharedArea;
  readonly #offsets = new Map<number, readonly number[]>();

  constructor(area: SharedArea) {
    this.#area = area;
  }

  /** Places the large inputs; for each input its offset, or -1. Undefined where none is large. */
  place(id: number, batch: Batch): readonly number[] | undefined {
    if (!batch.inputs.some(({ chunks }) => partBytes(chunks) >= leastBytes)) return undefined;
    const offsets = batch.inputs.map(({ chunks }) =>
      partBytes(chunks) < leastBytes ? -1 : this.#area.place(chunks),
    );
    this.#offsets.set(id, offsets);
    return offsets;
  }

  /** The other side has answered, so it reads them no more. */
  answered(id: number): void {
    const offsets = this.#offsets.get(id);
    if (offsets === undefined) return;
    this.#offsets.delete(id);
    for (const offset of offsets) if (offset >= 0) this.#area.free(offset);
  }
}
