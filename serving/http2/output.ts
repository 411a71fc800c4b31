import type { Socket } from 'node:net';
import { frameFlags, frameHeaderBytes, frameTypes } from './frame-types';

/** Frames are laid into memory of this size, which serves for many of them. */
const slabBytes = 16 * 1024;

/** What is larger is not copied. */
const copiedBytes = 2 * 1024;

const none: Buffer = Buffer.alloc(0);

/** Gathers the frames that go out on a connection, so that all of one moment go out in one write. */
export class Output {
  readonly #socket: Socket;
  /** Called when there is something to be flushed, where nothing was before. */
  readonly #wake: () => void;
  #slab = none;
  #start = 0;
  #at = 0;
  /** What goes out before what lies in the slab. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  #awake = false;

  constructor(socket: Socket, wake: () => void) {
    this.#socket = socket;
    this.#wake = wake;
  }

  /** Bytes that wait here and in the socket. */
  get unsentBytes(): number {
    return this.#partBytes + (this.#at - this.#start) + this.#socket.writableLength;
  }

  frame(length: number, type: number, flags: number, streamId: number): void {
    this.#room(frameHeaderBytes);
    const slab = this.#slab;
    const at = this.#at;
    slab[at] = length >> 16;
    slab[at + 1] = length >> 8;
    slab[at + 2] = length;
    slab[at + 3] = type;
    slab[at + 4] = flags;
    slab[at + 5] = streamId >> 24;
    slab[at + 6] = streamId >> 16;
    slab[at + 7] = streamId >> 8;
    slab[at + 8] = streamId;
    this.#at = at + frameHeaderBytes;
  }

  number(value: number): void {
    this.#room(4);
    this.#at = this.#slab.writeUInt32BE(value >>> 0, this.#at);
  }

  byte(value: number): void {
    this.#room(1);
    this.#slab[this.#at++] = value;
  }

  /** These bytes, as they are when the frames go out. */
  bytes(bytes: Buffer): void {
    if (bytes.length <= copiedBytes) this.copy(bytes, 0, bytes.length);
    else this.#lend(bytes);
  }

  copy(bytes: Buffer, start: number, end: number): void {
    const size = end - start;
    this.#room(size);
    bytes.copy(this.#slab, this.#at, start, end);
    this.#at += size;
  }

  windowUpdate(streamId: number, increment: number): void {
    this.frame(4, frameTypes.windowUpdate, 0, streamId);
    this.number(increment);
  }

  rstStream(streamId: number, code: number): void {
    this.frame(4, frameTypes.rstStream, 0, streamId);
    this.number(code);
  }

  goaway(lastStreamId: number, code: number, reason: string): void {
    const debug = Buffer.from(reason, 'latin1');
    this.frame(8 + debug.length, frameTypes.goaway, 0, 0);
    this.number(lastStreamId);
    this.number(code);
    this.bytes(debug);
  }

  ping(payload: Buffer, start: number, ack: boolean): void {
    this.frame(8, frameTypes.ping, ack ? frameFlags.ack : 0, 0);
    this.copy(payload, start, start + 8);
  }

  flush(): void {
    this.#awake = false;
    const socket = this.#socket;
    const parts = this.#parts;
    if (parts.length === 0) {
      if (this.#at > this.#start) socket.write(this.#slab.subarray(this.#start, this.#at));
      this.#start = this.#at;
      return;
    }
    this.#closeSlab();
    this.#parts = [];
    this.#partBytes = 0;
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.uncork();
  }

  #lend(bytes: Buffer): void {
    if (!this.#awake) this.#rouse();
    this.#closeSlab();
    this.#parts.push(bytes);
    this.#partBytes += bytes.length;
  }

  /** Puts what lies in the slab behind what goes out before it. */
  #closeSlab(): void {
    if (this.#at === this.#start) return;
    this.#partBytes += this.#at - this.#start;
    this.#parts.push(this.#slab.subarray(this.#start, this.#at));
    this.#start = this.#at;
  }

  #room(bytes: number): void {
    if (!this.#awake) this.#rouse();
    if (this.#slab.length - this.#at >= bytes) return;
    this.#closeSlab();
    this.#slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes));
    this.#start = 0;
    this.#at = 0;
  }

  #rouse(): void {
    this.#awake = true;
    this.#wake();
  }
}
