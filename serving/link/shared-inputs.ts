import { inputBytes, type Batch, type BatchInput } from '../../protocol/link/batch';
import type { SharedPlace } from '../../protocol/link/frames';
import type { SharedArea } from './shared-area';
import type { SharedFiles } from './shared-files';

/** Inputs from this size on are shared; below it the socket is as fast. */
export const leastSharedBytes = 64 * 1024;

/**
 * The inputs of batches that need not travel: those that lie in clients' files, and those that are
 * in an area, where the other side reads it, until their answer has come.
 */
export class SharedInputs {
  readonly #area: SharedArea | undefined;
  readonly #files: SharedFiles;
  readonly #offsets = new Map<number, readonly number[]>();

  constructor(area: SharedArea | undefined, files: SharedFiles) {
    this.#area = area;
    this.#files = files;
  }

  /**
   * For each input where it lies, undefined where it travels; undefined altogether where none is
   * large. Throws what reading a client's file throws; what has its place by then keeps it until
   * `answered`.
   */
  place(id: number, { inputs }: Batch): readonly (SharedPlace | undefined)[] | undefined {
    if (!inputs.some((input) => inputBytes(input) >= leastSharedBytes)) return undefined;
    const offsets: number[] = [];
    this.#offsets.set(id, offsets);
    return inputs.map((input) => {
      const place = this.#placeOf(input);
      if (place?.file === 0) offsets.push(place.at);
      return place;
    });
  }

  /** The other side has answered, or is never asked, so it reads them no more. */
  answered(id: number): void {
    const offsets = this.#offsets.get(id);
    if (offsets === undefined) return;
    this.#offsets.delete(id);
    for (const offset of offsets) this.#area?.free(offset);
  }

  #placeOf(input: BatchInput): SharedPlace | undefined {
    const { shared } = input;
    const file = shared === undefined ? undefined : this.#files.numberOf(shared.file);
    if (shared !== undefined && file !== undefined) return { at: shared.at, file };
    if (this.#area === undefined || inputBytes(input) < leastSharedBytes) return undefined;
    const at = this.#area.place(input.chunks);
    return at < 0 ? undefined : { at, file: 0 };
  }
}
