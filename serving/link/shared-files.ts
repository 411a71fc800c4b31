import type { SharedFile } from '../../protocol/link/shared-file';
import { encodeShare, encodeUnshare } from '../../protocol/link/share-frames';
import type { FrameWriter } from './frame-writer';

interface Told {
  readonly number: number;
  /** Set when the other side has said that it has the file open. */
  opened: boolean;
  readonly forget: () => void;
}

/**
 * The clients' files that the other side of a connection has open. It is asked when a batch first
 * lies in one; until it has said yes, and for ever if it says no, such batches travel.
 */
export class SharedFiles {
  readonly #write: FrameWriter;
  readonly #told = new Map<SharedFile, Told>();
  #nextNumber = 1;

  constructor(write: FrameWriter) {
    this.#write = write;
  }

  /** The number under which the other side has it open; undefined where it has not, or not yet. */
  numberOf(file: SharedFile): number | undefined {
    const told = this.#told.get(file) ?? this.#tell(file);
    return told.opened ? told.number : undefined;
  }

  answered(number: number, opened: boolean): void {
    for (const told of this.#told.values()) if (told.number === number) told.opened = opened;
  }

  /** The connection is over, and with it the other side's files. */
  end(): void {
    for (const { forget } of this.#told.values()) forget();
    this.#told.clear();
  }

  #tell(file: SharedFile): Told {
    const number = this.#nextNumber++;
    const forget = file.onClose(() => {
      this.#told.delete(file);
      this.#write(encodeUnshare(number));
    });
    const told = { number, opened: false, forget };
    this.#told.set(file, told);
    this.#write(encodeShare(number, file));
    return told;
  }
}
