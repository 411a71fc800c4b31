import { errorCodes } from './error-codes';
import { ConnectionFault } from './fault';
import { frameFlags, frameHeaderBytes, frameTypes, preface } from './frame-types';

/** What stands in front of every frame: RFC 9113, 4.1. */
export interface FrameHeader {
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
}

/**
 * Takes frames in the order in which they come. All bytes are only lent: they change when the call
 * is over. What it throws goes to whoever has given the bytes.
 */
export interface FrameSink {
  /** A DATA frame begins, of `header.length` bytes with its padding, `size` of them data. */
  dataBegins(header: FrameHeader, size: number): void;
  dataPart(bytes: Buffer, start: number, end: number): void;
  dataEnds(header: FrameHeader): void;
  /** Any other frame, whole; its payload is from `start` to `end`. */
  frame(header: FrameHeader, bytes: Buffer, start: number): void;
}

const none: Buffer = Buffer.alloc(0);

/** Cuts what comes on a connection into frames. Data is passed on as it comes, all else as a whole. */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #maxFrameBytes: number;
  /** How many have begun to be read. */
  frames = 0;
  #prefaceRead = 0;
  /** The beginning of a frame of which the rest has not come. */
  #held = none;
  #heldSize = 0;
  /** What has not come of a DATA frame. */
  #dataLeft = 0;
  #stopped = false;
  readonly #header = { length: 0, type: 0, flags: 0, streamId: 0 };

  constructor(sink: FrameSink, maxFrameBytes: number) {
    this.#sink = sink;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** True while something other than data has come in part. */
  get waits(): boolean {
    return this.#prefaceRead < preface.length || this.#heldSize > 0;
  }

  /** Throws a ConnectionFault where what comes is no frame, and what the sink throws. */
  take(bytes: Buffer): void {
    let at = this.#prefaceRead < preface.length ? this.#readPreface(bytes) : 0;
    while (at < bytes.length && !this.#stopped) at = this.#step(bytes, at);
  }

  /** Reads nothing more, not even of what it has just been given. */
  stop(): void {
    this.#stopped = true;
    this.#held = none;
    this.#heldSize = 0;
  }

  #readPreface(bytes: Buffer): number {
    const size = Math.min(preface.length - this.#prefaceRead, bytes.length);
    const from = this.#prefaceRead;
    if (preface.compare(bytes, 0, size, from, from + size) !== 0) {
      throw new ConnectionFault(errorCodes.protocolError, 'What came first is not HTTP/2.');
    }
    this.#prefaceRead += size;
    return size;
  }

  #step(bytes: Buffer, at: number): number {
    if (this.#dataLeft > 0) return this.#passData(bytes, at);
    if (this.#heldSize > 0) return this.#fill(bytes, at);
    if (bytes.length - at < frameHeaderBytes) return this.#hold(bytes, at, frameHeaderBytes);
    const start = at + frameHeaderBytes;
    if (this.#begins(bytes, at)) return start;
    const { length } = this.#header;
    if (bytes.length - start < length) return this.#hold(bytes, at, frameHeaderBytes + length);
    this.#pass(bytes, start);
    return start + length;
  }

  /** Reads the header of a frame; true if it is of data, which then come in parts. */
  #begins(bytes: Buffer, at: number): boolean {
    const header = this.#header;
    this.frames += 1;
    header.length =
      ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    header.type = bytes[at + 3] as number;
    header.flags = bytes[at + 4] as number;
    header.streamId =
      (((bytes[at + 5] as number) & 0x7f) << 24) |
      ((bytes[at + 6] as number) << 16) |
      ((bytes[at + 7] as number) << 8) |
      (bytes[at + 8] as number);
    if (header.length > this.#maxFrameBytes) {
      const came = `A frame has ${header.length} bytes, the limit is ${this.#maxFrameBytes}.`;
      throw new ConnectionFault(errorCodes.frameSizeError, came);
    }
    if (header.type !== frameTypes.data || (header.flags & frameFlags.padded) !== 0) return false;
    this.#dataLeft = header.length;
    this.#sink.dataBegins(header, header.length);
    if (header.length === 0) this.#sink.dataEnds(header);
    return true;
  }

  #passData(bytes: Buffer, at: number): number {
    const end = at + Math.min(this.#dataLeft, bytes.length - at);
    this.#dataLeft -= end - at;
    this.#sink.dataPart(bytes, at, end);
    if (this.#dataLeft === 0) this.#sink.dataEnds(this.#header);
    return end;
  }

  #pass(bytes: Buffer, start: number): void {
    const header = this.#header;
    if (header.type !== frameTypes.data) {
      this.#sink.frame(header, bytes, start);
      return;
    }
    const end = start + header.length;
    const dataEnd = end - (bytes[start] ?? 0);
    if (header.length === 0 || dataEnd <= start) {
      throw new ConnectionFault(errorCodes.protocolError, 'A DATA frame has too much padding.');
    }
    this.#sink.dataBegins(header, dataEnd - start - 1);
    if (dataEnd > start + 1) this.#sink.dataPart(bytes, start + 1, dataEnd);
    this.#sink.dataEnds(header);
  }

  /** Keeps the rest of what has come, the beginning of `size` bytes. */
  #hold(bytes: Buffer, at: number, size: number): number {
    this.#held = Buffer.allocUnsafe(size);
    this.#heldSize = bytes.copy(this.#held, 0, at);
    return bytes.length;
  }

  #fill(bytes: Buffer, at: number): number {
    const size = bytes.copy(this.#held, this.#heldSize, at);
    this.#heldSize += size;
    const held = this.#held;
    if (this.#heldSize === held.length) this.#whole(held);
    return at + size;
  }

  /** What was waited for has come: the header of a frame, or all of it. */
  #whole(held: Buffer): void {
    this.#heldSize = 0;
    this.#held = none;
    if (held.length > frameHeaderBytes) {
      this.#pass(held, frameHeaderBytes);
      return;
    }
    if (this.#begins(held, 0)) return;
    if (this.#header.length === 0) this.#pass(held, frameHeaderBytes);
    else this.#hold(held, 0, frameHeaderBytes + this.#header.length);
  }
}
