import { connect, type Socket } from 'node:net';
import type { Refusal } from '../../protocol/link/batch';
import { frameKinds } from '../../protocol/link/frame';
import {
  createFrameReader,
  FrameFault,
  type FrameReader,
  type IncomingFrame,
} from '../../protocol/link/frame-reader';
import { decodeHello, decodeRefused, encodeHello, type Hello } from '../../protocol/link/frames';
import { createFrameWriter, type FrameWriter } from './frame-writer';
import { parseLinkAddress } from './link-address';

/** How a connection ended: `garbage` where the other side does not follow the protocol. */
export interface ConnectionEnd {
  readonly cause: string;
  readonly garbage: boolean;
  /** Set where the other side refused the connection in its own words. */
  readonly refusal?: Refusal;
}

export interface ConnectionEvents {
  /** Both sides have said hello: frames may be written. */
  ready(hello: Hello): void;
  /** May throw FrameFault, which ends the connection. */
  frame(frame: IncomingFrame): void;
  /** Called once, whatever ended it. */
  ended(end: ConnectionEnd): void;
}

export interface ConnectionOptions {
  readonly address: string;
  readonly secret: string;
  /** Who connects, for the other side's log. */
  readonly caller: string;
  readonly maxFrameBytes: number;
  /** Milliseconds until the other side must have said hello. */
  readonly connectTimeoutMs: number;
}

/** One connection to a runner, from the first byte to the last. */
export class FramesConnection {
  readonly write: FrameWriter;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #events: ConnectionEvents;
  readonly #timer: NodeJS.Timeout;
  #greeted = false;
  #end: ConnectionEnd | undefined;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#events = events;
    this.#socket = connect(parseLinkAddress(options.address));
    this.write = createFrameWriter(this.#socket);
    this.#reader = createFrameReader(options.maxFrameBytes, (frame) => {
      this.#onFrame(frame);
    });
    this.#timer = setTimeout(() => {
      this.#finish({ cause: 'no hello in time', garbage: false });
    }, options.connectTimeoutMs);
    this.#listen(options);
  }

  destroy(cause: string): void {
    this.#finish({ cause, garbage: false });
  }

  #listen(options: ConnectionOptions): void {
    const socket = this.#socket;
    socket.on('connect', () => {
      this.write(encodeHello({ host: options.caller, runner: '', secret: options.secret }));
    });
    socket.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#finish({ cause: error.code ?? error.message, garbage: false });
    });
    socket.on('close', () => {
      this.#finish({ cause: 'connection closed', garbage: false });
    });
  }

  #read(chunk: Buffer): void {
    try {
      this.#reader.read(chunk);
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      this.#finish({ cause: error.message, garbage: true });
    }
  }

  #onFrame(frame: IncomingFrame): void {
    if (this.#end !== undefined) return;
    if (this.#greeted) {
      this.#events.frame(frame);
      return;
    }
    if (frame.kind === frameKinds.refused) {
      const refusal = decodeRefused(frame);
      this.#finish({ cause: `refused: ${refusal}`, garbage: false, refusal });
      return;
    }
    if (frame.kind !== frameKinds.hello) throw new FrameFault('the first frame is no hello');
    const hello = decodeHello(frame);
    this.#greeted = true;
    clearTimeout(this.#timer);
    this.#events.ready(hello);
  }

  #finish(end: ConnectionEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    this.#events.ended(end);
  }
}
