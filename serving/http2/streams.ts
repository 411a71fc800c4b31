import { errorCodes } from './error-codes';
import { ConnectionFault } from './fault';
import type { FrameHeader } from './frame-reader';
import { frameFlags } from './frame-types';
import { BlockParts, HeadBlocks } from './head-blocks';
import type { Patience } from './patience';
import { RecentStreams } from './recent-streams';
import type { RequestHead } from './request-head';
import { wrongField } from './request-head';
import { ServerStream, type StreamWire } from './server-stream';

/** The requests of one connection: what its callers' HEADERS, DATA and RST_STREAM frames mean. */
export class Streams {
  readonly open = new Map<number, ServerStream>();
  /** The highest id that a caller has used. */
  lastId = 0;
  /** Streams with higher ids are refused. */
  mostId = Infinity;
  readonly #wire: StreamWire;
  readonly #patience: Patience;
  readonly #blocks: HeadBlocks;
  readonly #parts: BlockParts;
  readonly #recent = new RecentStreams();
  /** Have come since the handler was called last. */
  #fresh: ServerStream[] = [];
  /** The stream that the rest of a header block belongs to; 0 if none is awaited. */
  #continued = 0;
  #continuedEnds = false;
  #data: ServerStream | undefined;
  #connectionWindow: number;

  constructor(wire: StreamWire, patience: Patience) {
    this.#wire = wire;
    this.#patience = patience;
    this.#blocks = new HeadBlocks(wire.site.limits);
    this.#parts = new BlockParts(wire.site.limits);
    this.#connectionWindow = wire.site.limits.connectionWindowBytes;
  }

  /** The stream whose header block has to go on with the next frame; 0 if there is none. */
  get continued(): number {
    return this.#continued;
  }

  /** Hands over the requests that have come. */
  handOver(call: (stream: ServerStream) => void): void {
    while (this.#fresh.length > 0) {
      const fresh = this.#fresh;
      this.#fresh = [];
      for (const stream of fresh) if (stream.ending === undefined) call(stream);
    }
  }

  remember(stream: ServerStream, resetByUs: boolean): void {
    this.open.delete(stream.id);
    this.#recent.add(stream.id, resetByUs);
  }

  /** More may come on the connection. */
  widen(bytes: number): void {
    this.#connectionWindow += bytes;
  }

  headers(header: FrameHeader, bytes: Buffer, start: number): void {
    const { flags, streamId } = header;
    if (streamId % 2 === 0) throw broken('HEADERS on a stream that is not a caller’s');
    const range = withoutPadding(header, bytes, start);
    const endStream = (flags & frameFlags.endStream) !== 0;
    if ((flags & frameFlags.endHeaders) !== 0) {
      this.#block(streamId, endStream, bytes, range);
      return;
    }
    this.#parts.add(bytes, range.start, range.end);
    this.#continued = streamId;
    this.#continuedEnds = endStream;
  }

  continuation({ flags, length, streamId }: FrameHeader, bytes: Buffer, start: number): void {
    if (this.#continued === 0) throw broken('CONTINUATION behind no HEADERS');
    this.#parts.add(bytes, start, start + length);
    if ((flags & frameFlags.endHeaders) === 0) return;
    this.#continued = 0;
    const block = this.#parts.take();
    this.#block(streamId, this.#continuedEnds, block, { start: 0, end: block.length });
  }

  dataBegins({ length, flags, streamId }: FrameHeader, size: number): void {
    this.#data = undefined;
    this.#connectionWindow -= length;
    if (this.#connectionWindow < 0) {
      throw new ConnectionFault(errorCodes.flowControlError, 'More data than the window allows.');
    }
    const endStream = (flags & frameFlags.endStream) !== 0;
    if (size === 0 && !endStream) this.#patience.idleFrame();
    const stream = this.#receiver(streamId);
    if (stream === undefined) {
      this.#wire.consumed(length);
      return;
    }
    if (!stream.takeWindow(length)) {
      this.#wire.consumed(length);
      this.fail(streamId, errorCodes.flowControlError);
      return;
    }
    this.#data = stream;
    if (length > size) stream.consumed(length - size, !endStream);
    stream.body.begin(size, endStream);
  }

  dataPart(bytes: Buffer, start: number, end: number): void {
    if (this.#data !== undefined) this.#data.body.add(bytes, start, end);
  }

  dataEnds({ flags, streamId }: FrameHeader): void {
    const stream = this.#data;
    this.#data = undefined;
    if (stream === undefined || (flags & frameFlags.endStream) === 0) return;
    if (!stream.body.end()) this.fail(streamId, errorCodes.protocolError);
  }

  rstStream(streamId: number): void {
    this.#mustBeKnown(streamId, 'RST_STREAM');
    this.#patience.reset();
    this.open.get(streamId)?.finish('cancelled');
  }

  /** Throws if the stream has not begun. */
  #mustBeKnown(streamId: number, frame: string): void {
    if (streamId === 0 || streamId > this.lastId || streamId % 2 === 0) {
      throw broken(`${frame} on stream ${streamId}, which has not begun`);
    }
  }

  /** The stream that a WINDOW_UPDATE frame is for, if it is still there. */
  known(streamId: number, frame: string): ServerStream | undefined {
    this.#mustBeKnown(streamId, frame);
    return this.open.get(streamId);
  }

  /** Ends a stream for a fault of its caller: RFC 9113, 5.4.2. */
  fail(streamId: number, code: number): void {
    this.#patience.reset();
    this.#wire.rstStream(streamId, code);
    const stream = this.open.get(streamId);
    if (stream === undefined) this.#recent.add(streamId, true);
    else stream.finish('reset');
  }

  /** The stream that takes data now; undefined if they are to be dropped. */
  #receiver(streamId: number): ServerStream | undefined {
    const stream = this.known(streamId, 'DATA');
    if (stream?.body.ended === false) return stream;
    if (!this.#recent.wasReset(streamId)) this.fail(streamId, errorCodes.streamClosed);
    return undefined;
  }

  #block(
    streamId: number,
    endStream: boolean,
    bytes: Buffer,
    range: { readonly start: number; readonly end: number },
  ): void {
    if (streamId <= this.lastId) this.#trailers(streamId, endStream, bytes, range);
    else this.#request(streamId, endStream, this.#blocks.head(bytes, range.start, range.end));
  }

  #request(streamId: number, endStream: boolean, head: RequestHead | string): void {
    this.lastId = streamId;
    const { site } = this.#wire;
    if (streamId > this.mostId || this.open.size >= site.limits.maxStreams) {
      this.fail(streamId, errorCodes.refusedStream);
    } else if (typeof head === 'string') {
      this.fail(streamId, errorCodes.protocolError);
    } else this.#begin(streamId, endStream, head);
  }

  #begin(streamId: number, endStream: boolean, head: RequestHead): void {
    const stream = new ServerStream(streamId, head, this.#wire);
    this.open.set(streamId, stream);
    this.#fresh.push(stream);
    const wrong = head.declaredBytes === undefined || (endStream && !stream.body.end());
    if (wrong) this.fail(streamId, errorCodes.protocolError);
  }

  #trailers(
    streamId: number,
    endStream: boolean,
    bytes: Buffer,
    { start, end }: { readonly start: number; readonly end: number },
  ): void {
    const stream = this.open.get(streamId);
    if (stream === undefined && !this.#recent.has(streamId)) {
      throw broken(`HEADERS on stream ${streamId}, which is lower than ${this.lastId}`);
    }
    const { fields, tooLarge } = this.#blocks.fields(bytes, start, end);
    if (stream === undefined) {
      if (this.#recent.wasReset(streamId)) return;
      throw new ConnectionFault(
        errorCodes.streamClosed,
        `HEADERS on stream ${streamId}, now over.`,
      );
    }
    if (stream.body.ended) {
      this.fail(streamId, errorCodes.streamClosed);
      return;
    }
    const bad = tooLarge || wrongField(fields) !== undefined;
    if (bad || !endStream || !stream.body.end()) this.fail(streamId, errorCodes.protocolError);
  }
}

/** Where the block of a HEADERS frame lies: RFC 9113, 6.2. */
function withoutPadding(
  { flags, length, streamId }: FrameHeader,
  bytes: Buffer,
  start: number,
): { start: number; end: number } {
  let at = start;
  let end = start + length;
  if ((flags & frameFlags.padded) !== 0) end -= length === 0 ? 1 : (bytes[at++] as number);
  if ((flags & frameFlags.priority) !== 0) {
    if (at + 5 <= end) mustNotDependOnItself(streamId, bytes, at);
    at += 5;
  }
  if (at > end) throw broken('a HEADERS frame with too much padding');
  return { start: at, end };
}

/** RFC 7540, 5.3.1; priorities are read no more, but that is still nonsense. */
export function mustNotDependOnItself(streamId: number, bytes: Buffer, at: number): void {
  if ((bytes.readUInt32BE(at) & 0x7fffffff) === streamId) {
    throw broken(`stream ${streamId}, which depends on itself`);
  }
}

function broken(what: string): ConnectionFault {
  return new ConnectionFault(errorCodes.protocolError, `There is ${what}.`);
}
