/**
 * Memory for request bodies that is used again once a body is done with. Memory made for every
 * large body would have the garbage collector mark the whole heap after each hundred of them, which
 * takes longer than everything else that happens to them.
 */
export interface BodyMemory {
  /** So many bytes with anything in them, for the caller alone until it gives them back. */
  take(bytes: number): Buffer;
  /** Takes back what `take` gave. Nobody may refer to it any more. */
  giveBack(memory: Buffer): void;
}

/** Less is not worth keeping. */
const leastBytes = 16 * 1024;

/** What lies unused is at most this large, and so many pieces. */
const unusedBytes = 16 * 1024 * 1024;
const unusedPieces = 64;

export function createBodyMemory(): BodyMemory {
  /** The last one given back is the first to be used: it may still be in the caches. */
  const unused: Buffer[] = [];
  let bytesUnused = 0;
  const remove = (at: number): Buffer => {
    const [piece] = unused.splice(at, 1) as [Buffer];
    bytesUnused -= piece.length;
    return piece;
  };
  return {
    take(bytes) {
      if (bytes < leastBytes) return Buffer.allocUnsafe(bytes);
      for (let at = unused.length - 1; at >= 0; at -= 1) {
        const { length } = unused[at] as Buffer;
        if (length >= bytes && length <= 2 * bytes) return remove(at).subarray(0, bytes);
      }
      return Buffer.allocUnsafeSlow(bytes);
    },
    giveBack({ buffer, length }) {
      if (length < leastBytes || buffer.byteLength > unusedBytes) return;
      const piece = Buffer.from(buffer);
      unused.push(piece);
      bytesUnused += piece.length;
      while (bytesUnused > unusedBytes || unused.length > unusedPieces) remove(0);
    },
  };
}
