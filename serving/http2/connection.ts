import type { Socket } from 'node:net';
import type { ConnectionPorts } from '../../protocol/infer';
import { portsOf } from '../http/connection-ports';
import { streamReads, readsOf } from '../http/reader/reads';
import { ControlFrames } from './control-frames';
import { errorCodes } from './error-codes';
import { ConnectionFault } from './fault';
import { FrameReader, type FrameHeader, type FrameSink } from './frame-reader';
import { frameTypes } from './frame-types';
import { Output } from './output';
import { Patience } from './patience';
import { Sender } from './sender';
import type { ServerStream, StreamWire } from './server-stream';
import type { Site } from './site';
import type { Ending } from './stream';
import { Streams } from './streams';
import { ConnectionWatch } from './connection-watch';

/** What a connection tells its server. */
export interface ConnectionOwner {
  readonly site: Site;
  ended(connection: Http2Connection): void;
}

/** One connection of a caller. */
export class Http2Connection implements FrameSink, StreamWire {
  readonly site: Site;
  readonly sender: Sender;
  readonly streams: Streams;
  readonly remoteAddress: string;
  readonly socket: Socket;
  readonly output: Output;
  readonly patience: Patience;
  readonly #owner: ConnectionOwner;
  readonly #reader: FrameReader;
  readonly #control: ControlFrames;
  readonly #watch: ConnectionWatch;
  #unannounced = 0;
  #reading = false;
  #paused = false;
  /** Nothing is read here any more, and nothing begins. */
  #over = false;

  constructor(accepted: Socket, owner: ConnectionOwner) {
    const { site } = owner;
    this.site = site;
    this.#owner = owner;
    const asStream = 'encrypted' in accepted || accepted.readableLength > 0;
    const reads = asStream ? streamReads(accepted) : readsOf(accepted);
    const { socket } = reads;
    this.socket = socket;
    portsOf(socket);
    this.remoteAddress = socket.remoteAddress ?? '';
    this.patience = new Patience(site.limits);
    this.output = new Output(socket, () => {
      if (!this.#reading) site.flushSoon(this);
    });
    this.sender = new Sender(this.output, this);
    this.streams = new Streams(this, this.patience);
    this.#control = new ControlFrames(this);
    this.#watch = new ConnectionWatch(this);
    this.#reader = new FrameReader(this, site.limits.maxFrameBytes);
    this.output.bytes(site.greeting);
    socket.setNoDelay(true);
    socket.on('drain', this.#onDrain);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
    reads.give(this.take);
  }

  /** Frames that have come, and whether a part of one waits for its rest. */
  get framesRead(): number {
    return this.#reader.frames;
  }

  get waitsForRest(): boolean {
    return this.#reader.waits || this.streams.continued !== 0;
  }

  get ports(): ConnectionPorts | undefined {
    return portsOf(this.socket);
  }

  get over(): boolean {
    return this.#over;
  }

  /** Reads what has come. The bytes are only lent. */
  readonly take = (bytes: Buffer): void => {
    if (this.#over) return;
    this.#watch.heard();
    this.#reading = true;
    try {
      this.#reader.take(bytes);
      this.streams.handOver(this.#handle);
    } catch (thrown) {
      this.#fail(thrown);
    }
    this.#reading = false;
    this.flush();
  };

  flush(): void {
    if (this.#over) return;
    this.output.flush();
    while (this.sender.canGoOn) {
      this.sender.pump();
      this.output.flush();
    }
    if (this.#paused || !this.sender.full) return;
    this.#paused = true;
    this.socket.pause();
  }

  /** Ends waits that have taken too long; called now and then. */
  check(passedMs: number): void {
    this.patience.pass(passedMs);
    this.#watch.check();
    this.flush();
  }

  /** Tells the caller to begin nothing new; the connection ends with its last stream. */
  announceEnd(): void {
    if (!this.#over) this.#control.announceEnd();
  }

  /** Ends the connection because of its caller. */
  refuse(fault: ConnectionFault): void {
    if (this.#over) return;
    const { code, message: reason } = fault;
    this.end(code, reason);
    this.site.refused({ code, reason, remoteAddress: this.remoteAddress });
  }

  /** Says why, and closes. */
  end(code: number, reason: string): void {
    if (this.#over) return;
    this.output.goaway(this.streams.lastId, code, reason);
    this.#stop();
    this.output.flush();
    this.socket.end();
  }

  // What the reader of frames calls.

  dataBegins(header: FrameHeader, size: number): void {
    this.#control.mayCome(header);
    this.streams.dataBegins(header, size);
  }

  dataPart(bytes: Buffer, start: number, end: number): void {
    this.streams.dataPart(bytes, start, end);
  }

  dataEnds(header: FrameHeader): void {
    this.streams.dataEnds(header);
  }

  frame(header: FrameHeader, bytes: Buffer, start: number): void {
    this.#control.mayCome(header);
    if (header.type === frameTypes.headers) this.streams.headers(header, bytes, start);
    else if (header.type === frameTypes.continuation) {
      this.streams.continuation(header, bytes, start);
    } else this.#control.frame(header, bytes, start);
  }

  // What streams and the sender call.

  get now(): number {
    return this.site.now;
  }

  /** Not less than what the socket takes before it tells that it has got rid of it. */
  get unsentBytes(): number {
    return Math.max(this.site.limits.unsentBytes, this.socket.writableHighWaterMark);
  }

  sentData(): void {
    this.patience.sent();
  }

  consumed(bytes: number): void {
    this.#unannounced += bytes;
    if (this.#over || this.#unannounced * 2 < this.site.limits.connectionWindowBytes) return;
    this.output.windowUpdate(0, this.#unannounced);
    this.streams.widen(this.#unannounced);
    this.#unannounced = 0;
  }

  windowUpdate(streamId: number, increment: number): void {
    if (!this.#over) this.output.windowUpdate(streamId, increment);
  }

  rstStream(streamId: number, code: number): void {
    if (!this.#over) this.output.rstStream(streamId, code);
  }

  ended(stream: ServerStream, ending: Ending): void {
    const cut = ending === 'answered' && !stream.body.ended;
    this.streams.remember(stream, cut || ending === 'reset');
    this.#watch.active();
    if (ending === 'answered') this.patience.answered();
    if (this.streams.open.size === 0) this.#control.emptied();
    if (stream.handled) this.site.closed(stream);
  }

  readonly #handle = (stream: ServerStream): void => {
    stream.handled = true;
    try {
      const answering = this.site.handle(stream);
      if (answering === undefined) return;
      answering.catch((thrown: unknown) => {
        this.#handlerFailed(stream, thrown);
      });
    } catch (thrown) {
      this.#handlerFailed(stream, thrown);
    }
  };

  #handlerFailed(stream: ServerStream, thrown: unknown): void {
    stream.reset(errorCodes.internalError);
    this.site.faulted(thrown);
  }

  #fail(thrown: unknown): void {
    if (thrown instanceof ConnectionFault) {
      this.refuse(thrown);
      return;
    }
    this.end(errorCodes.internalError, 'This server has a fault.');
    this.site.faulted(thrown);
  }

  readonly #onDrain = (): void => {
    this.sender.pump();
    this.flush();
    if (!this.#paused || this.sender.full) return;
    this.#paused = false;
    this.socket.resume();
  };

  readonly #onEnd = (): void => {
    this.#stop();
    this.socket.end();
  };

  readonly #onClose = (): void => {
    this.#stop();
    this.#owner.ended(this);
  };

  readonly #onError = (): void => {
    // The socket closes by itself.
  };

  /** Nothing more is read; what is under way has nobody to answer to. */
  #stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#reader.stop();
    for (const stream of [...this.streams.open.values()]) stream.finish('lost');
    if (!this.#paused) return;
    this.#paused = false;
    this.socket.resume();
  }
}
