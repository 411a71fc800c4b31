import { aligned, prefixBytes } from './frame';

/** What came in does not follow the protocol; the connection cannot be used any longer. */
export class FrameFault extends Error {}

/** A frame as it arrived. `payload` begins on a multiple of 8 of its ArrayBuffer. */
export interface IncomingFrame {
  readonly kind: number;
  readonly version: number;
  readonly id: number;
  readonly header: string;
  readonly payload: Uint8Array;
}

/** Cuts a stream of bytes into frames. Throws FrameFault on anything that cannot be a frame. */
export interface FrameReader {
  /** Takes the next bytes and hands every frame that is complete to `onFrame`, in order. */
  read(chunk: Uint8Array): void;
  /** Bytes of a frame that has begun and is not complete. */
  readonly pendingBytes: number;
}

/**
 * Frames that lie whole and aligned in one chunk are views of it; of others the bytes are gathered
 * in a buffer of their own. That buffer grows with what has arrived, so that a peer that announces
 * a large frame and sends nothing costs nothing.
 */
export function createFrameReader(
  maxFrameBytes: number,
  onFrame: (frame: IncomingFrame) => void,
): FrameReader {
  const partial = createPartialFrame(maxFrameBytes);
  return {
    get pendingBytes() {
      return partial.bytes();
    },
    read(chunk) {
      let at = 0;
      while (at < chunk.byteLength) {
        const left = chunk.byteLength - at;
        if (partial.bytes() === 0 && (chunk.byteOffset + at) % 8 === 0 && left >= prefixBytes) {
          const length = frameLength(chunk, at, maxFrameBytes);
          if (length <= left) {
            onFrame(parseFrame(chunk.subarray(at, at + length)));
            at += length;
            continue;
          }
        }
        at += partial.add(chunk, at);
        const whole = partial.take();
        if (whole !== undefined) onFrame(parseFrame(whole));
      }
    },
  };
}

/** Most that is reserved for a frame before its bytes arrive. */
const reserveBytes = 1024 * 1024;

interface PartialFrame {
  bytes(): number;
  /** Takes from `chunk` at `at` what belongs to the frame; the number of bytes taken. */
  add(chunk: Uint8Array, at: number): number;
  take(): Uint8Array | undefined;
}

function createPartialFrame(maxFrameBytes: number): PartialFrame {
  let buffer = Buffer.allocUnsafeSlow(prefixBytes);
  let filled = 0;
  let length = 0;

  const makeRoom = (bytes: number): void => {
    if (filled + bytes <= buffer.byteLength) return;
    const size = Math.min(length, Math.max(filled + bytes, buffer.byteLength * 2, reserveBytes));
    const larger = Buffer.allocUnsafeSlow(size);
    larger.set(buffer.subarray(0, filled));
    buffer = larger;
  };
  const copy = (chunk: Uint8Array, at: number, wanted: number): number => {
    const bytes = Math.min(wanted, chunk.byteLength - at);
    makeRoom(bytes);
    buffer.set(chunk.subarray(at, at + bytes), filled);
    filled += bytes;
    return bytes;
  };
  return {
    bytes: () => filled,
    add(chunk, at) {
      let taken = 0;
      if (filled < prefixBytes) {
        taken = copy(chunk, at, prefixBytes - filled);
        if (filled < prefixBytes) return taken;
        length = frameLength(buffer, 0, maxFrameBytes);
      }
      return taken + copy(chunk, at + taken, length - filled);
    },
    take() {
      if (filled < prefixBytes || filled < length) return undefined;
      const whole = buffer.subarray(0, length);
      buffer = Buffer.allocUnsafeSlow(prefixBytes);
      filled = 0;
      return whole;
    },
  };
}

function uint32(bytes: Uint8Array, at: number): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, 4).readUInt32LE(0);
}

function frameLength(bytes: Uint8Array, at: number, maxFrameBytes: number): number {
  const length = uint32(bytes, at);
  if (length < prefixBytes || length % 8 !== 0) {
    throw new FrameFault(`a frame cannot be ${length} bytes long`);
  }
  if (length > maxFrameBytes) {
    throw new FrameFault(`a frame of ${length} bytes is over the limit of ${maxFrameBytes}`);
  }
  return length;
}

function parseFrame(bytes: Uint8Array): IncomingFrame {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = whole.readUInt32LE(12);
  const payloadAt = prefixBytes + aligned(headerBytes);
  if (headerBytes > whole.byteLength || payloadAt > whole.byteLength) {
    throw new FrameFault(`a header of ${headerBytes} bytes does not fit its frame`);
  }
  return {
    kind: whole[4] ?? 0,
    version: whole[5] ?? 0,
    id: whole.readUInt32LE(8),
    header: whole.toString('utf8', prefixBytes, prefixBytes + headerBytes),
    payload: whole.subarray(payloadAt),
  };
}
