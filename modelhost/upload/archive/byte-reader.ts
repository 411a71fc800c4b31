import { badArchive } from './archive-fault';

/** Reads a stream piece by piece, in amounts that the reader names. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** So many bytes, or undefined where the stream has ended just here. Throws where it ends within. */
  async take(count: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let missing = count;
    while (missing > 0) {
      const piece = await this.#next(missing);
      if (piece === undefined && missing === count) return undefined;
      if (piece === undefined) throw endsEarly();
      pieces.push(piece);
      missing -= piece.length;
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }

  /** The next so many bytes, as they come. Has to be read to its end. */
  async *pieces(count: number): AsyncGenerator<Buffer> {
    for (let missing = count; missing > 0;) {
      const piece = await this.#next(missing);
      if (piece === undefined) throw endsEarly();
      missing -= piece.length;
      yield piece;
    }
  }

  /** Gives up what was not read. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #next(most: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}

function endsEarly(): Error {
  return badArchive('ends before its last file does; send it whole');
}
