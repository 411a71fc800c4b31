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
import { decodeShared } from '../../protocol/link/share-frames';
import { createFrameWriter, type FrameWriter } from './frame-writer';
import { parseLinkAddress } from './link-address';
import { createSharedArea, type SharedArea } from './shared-area';
import { SharedFiles } from './shared-files';
import { SharedInputs } from './shared-inputs';

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
  /** Shared memory for large inputs where the other side is on this machine, 0 for none. */
  readonly sharedBytes: number;
}

/** One connection to a runner, from the first byte to the last. */
export class FramesConnection {
  readonly write: FrameWriter;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #events: ConnectionEvents;
  readonly #timer: NodeJS.Timeout;
  readonly #area: SharedArea | undefined;
  /** Undefined where the other side is on another machine. */
  readonly #files: SharedFiles | undefined;
  #shared: SharedInputs | undefined;
  #unshared = '';
  #greeted = false;
  #end: ConnectionEnd | undefined;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#events = events;
    const address = parseLinkAddress(options.address);
    this.#socket = connect(address);
    this.write = createFrameWriter(this.#socket);
    const near = 'path' in address;
    this.#area = near ? this.#sharedArea(options.sharedBytes) : undefined;
    this.#files = near ? new SharedFiles(this.write) : undefined;
    this.#reader = createFrameReader(options.maxFrameBytes, (frame) => {
      this.#onFrame(frame);
    });
    this.#timer = setTimeout(() => {
      this.#finish({ cause: 'no hello in time', garbage: false });
    }, options.connectTimeoutMs);
    this.#listen(options);
  }

  /** Set when both sides have said hello, where the other one is on this machine. */
  get shared(): SharedInputs | undefined {
    return this.#shared;
  }

  /** Why nothing is shared although it was to be; '' otherwise. */
  get unshared(): string {
    return this.#unshared;
  }

  destroy(cause: string): void {
    this.#finish({ cause, garbage: false });
  }

  #sharedArea(bytes: number): SharedArea | undefined {
    return createSharedArea(bytes, (code) => {
      this.#unshared = `no shared memory: ${code}`;
    });
  }

  #listen(options: ConnectionOptions): void {
    const socket = this.#socket;
    socket.on('connect', () => {
      const { caller: host, secret } = options;
      this.write(encodeHello({ host, runner: '', secret, shared: this.#area?.name ?? '' }));
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
      if (frame.kind === frameKinds.shared) this.#files?.answered(frame.id, decodeShared(frame));
      else this.#events.frame(frame);
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
    const area = this.#areaReadBy(hello);
    if (this.#files !== undefined) this.#shared = new SharedInputs(area, this.#files);
    this.#events.ready(hello);
  }

  #areaReadBy({ shared }: Hello): SharedArea | undefined {
    const area = this.#area;
    area?.unlink();
    if (area === undefined || shared === area.name) return area;
    this.#unshared = 'the runner cannot read the shared memory';
    return undefined;
  }

  #finish(end: ConnectionEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    this.#shared = undefined;
    this.#area?.close();
    this.#files?.end();
    this.#events.ended(end);
  }
}
