import { firstWindow, frameFlags, frameTypes, leastMaxFrameBytes, mostWindow } from './frame-types';
import type { Output } from './output';
import { SendQueue } from './send-queue';

/** A stream as the sender sees it. */
export interface SendingStream {
  readonly id: number;
  sendWindow: number;
  queue: SendQueue | undefined;
  /** Some of the queue went out. */
  gotOn(): void;
  /** All of the answer went out. */
  sentAll(): void;
}

/** What the sender knows from its connection. */
export interface SenderSite {
  readonly now: number;
  /** Bytes that may wait for the caller in the socket. */
  readonly unsentBytes: number;
  /** A DATA frame went out. */
  sentData(): void;
}

/** Sends answers on one connection within the windows of the caller: RFC 9113, 5.2. */
export class Sender {
  /** What the settings of the caller say. */
  initialWindow = firstWindow;
  maxFrameBytes = leastMaxFrameBytes;
  #window = firstWindow;
  #tableShrinks = false;
  readonly #output: Output;
  readonly #site: SenderSite;
  /** Streams that have something to send and may, in turn. */
  #line: SendingStream[] = [];
  readonly #put: (bytes: Buffer) => void;

  constructor(output: Output, site: SenderSite) {
    this.#output = output;
    this.#site = site;
    this.#put = (bytes) => {
      output.bytes(bytes);
    };
  }

  get full(): boolean {
    return this.#output.unsentBytes > this.#site.unsentBytes;
  }

  /** Something stands in line that could be sent now. */
  get canGoOn(): boolean {
    return this.#line.length > 0 && this.#window > 0 && !this.full;
  }

  /** The caller has let the window of the connection run out. */
  get shut(): boolean {
    return this.#window <= 0;
  }

  /** The caller keeps a smaller table than blocks are made for; it has to be told: RFC 7541, 4.2. */
  shrinkTable(): void {
    this.#tableShrinks = true;
  }

  /** False if that is more than a window can have. */
  widen(increment: number): boolean {
    this.#window += increment;
    return this.#window <= mostWindow;
  }

  headers(streamId: number, block: Buffer, endStream: boolean): void {
    const end = endStream ? frameFlags.endStream : 0;
    if (this.#tableShrinks || block.length > this.maxFrameBytes) {
      this.#unusualHeaders(streamId, block, end);
      return;
    }
    this.#output.frame(block.length, frameTypes.headers, frameFlags.endHeaders | end, streamId);
    this.#output.bytes(block);
  }

  /** A whole answer but for its headers; the trailers end it, or else the data. */
  finish(
    stream: SendingStream,
    body: Buffer | readonly Buffer[],
    trailers: Buffer | undefined,
  ): void {
    const size = sizeOf(body);
    if (!this.#fits(stream, size)) {
      const queue = this.#queueOf(stream);
      if (Buffer.isBuffer(body)) queue.add(body);
      else for (const part of body) queue.add(part);
      queue.finishing = true;
      queue.trailers = trailers;
      this.#enqueue(stream, queue);
      return;
    }
    if (size > 0 || trailers === undefined) {
      this.#dataFrame(stream, size, trailers === undefined);
      if (Buffer.isBuffer(body)) this.#output.bytes(body);
      else for (const part of body) this.#output.bytes(part);
    }
    if (trailers !== undefined) this.headers(stream.id, trailers, true);
    stream.sentAll();
  }

  write(stream: SendingStream, bytes: Buffer): void {
    const queue = this.#queueOf(stream);
    queue.add(bytes);
    this.#enqueue(stream, queue);
  }

  /** The stream may have got a larger window. */
  unblock(stream: SendingStream): void {
    if (stream.queue !== undefined) this.#enqueue(stream, stream.queue);
  }

  /** Sends what can be sent. */
  pump(): void {
    while (this.canGoOn) {
      const stream = this.#line.shift() as SendingStream;
      const { queue } = stream;
      if (queue === undefined) continue;
      queue.inLine = false;
      this.#sendSome(stream, queue);
      if (stream.queue === queue && this.#canSend(stream, queue)) this.#lineUp(stream, queue);
    }
    if (this.#window <= 0) this.#finishEmpty();
  }

  /** What ends without data needs no window. */
  #finishEmpty(): void {
    for (const stream of this.#line) {
      if (stream.queue?.bytes === 0) this.#sendSome(stream, stream.queue);
    }
    this.#line = this.#line.filter(({ queue }) => queue?.inLine === true && queue.bytes > 0);
  }

  #sendSome(stream: SendingStream, queue: SendQueue): void {
    const most = Math.min(this.maxFrameBytes, stream.sendWindow, this.#window);
    const size = Math.max(0, Math.min(queue.bytes, most));
    const ends = queue.finishing && size === queue.bytes;
    queue.since = this.#site.now;
    if (size > 0 || (ends && queue.trailers === undefined)) {
      this.#dataFrame(stream, size, ends && queue.trailers === undefined);
      queue.take(size, this.#put);
    }
    if (!ends) {
      stream.gotOn();
      return;
    }
    if (queue.trailers !== undefined) this.headers(stream.id, queue.trailers, true);
    stream.queue = undefined;
    stream.sentAll();
  }

  #fits(stream: SendingStream, size: number): boolean {
    const most = Math.min(this.maxFrameBytes, this.#window, stream.sendWindow);
    return stream.queue === undefined && (size === 0 || (size <= most && !this.full));
  }

  #queueOf(stream: SendingStream): SendQueue {
    return (stream.queue ??= new SendQueue(this.#site.now));
  }

  #enqueue(stream: SendingStream, queue: SendQueue): void {
    if (!this.#canSend(stream, queue)) return;
    this.#lineUp(stream, queue);
    this.pump();
  }

  #canSend(stream: SendingStream, queue: SendQueue): boolean {
    return queue.bytes > 0 ? stream.sendWindow > 0 : queue.finishing;
  }

  #lineUp(stream: SendingStream, queue: SendQueue): void {
    if (queue.inLine) return;
    queue.inLine = true;
    this.#line.push(stream);
  }

  #dataFrame(stream: SendingStream, size: number, endStream: boolean): void {
    this.#output.frame(size, frameTypes.data, endStream ? frameFlags.endStream : 0, stream.id);
    this.#window -= size;
    stream.sendWindow -= size;
    this.#site.sentData();
  }

  #unusualHeaders(streamId: number, block: Buffer, endFlag: number): void {
    const bytes = this.#tableShrinks ? Buffer.concat([emptyTable, block]) : block;
    this.#tableShrinks = false;
    for (let at = 0; at === 0 || at < bytes.length; at += this.maxFrameBytes) {
      const part = bytes.subarray(at, at + this.maxFrameBytes);
      const type = at === 0 ? frameTypes.headers : frameTypes.continuation;
      const last = at + part.length === bytes.length ? frameFlags.endHeaders : 0;
      this.#output.frame(part.length, type, last | (at === 0 ? endFlag : 0), streamId);
      this.#output.bytes(part);
    }
  }
}

/** Says that the table has no room: RFC 7541, 6.3. */
const emptyTable = Buffer.from([0x20]);

function sizeOf(body: Buffer | readonly Buffer[]): number {
  if (Buffer.isBuffer(body)) return body.length;
  let size = 0;
  for (const part of body) size += part.length;
  return size;
}
