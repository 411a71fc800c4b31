import type { ConnectionPorts } from '../../protocol/infer';
import type { BodyAllowance } from '../http/body-allowance';
import type { BodyMemory } from '../http/body-memory';
import { errorCodes } from './error-codes';
import { RequestBody, type BodyOwner } from './request-body';
import type { RequestHead } from './request-head';
import type { SendQueue } from './send-queue';
import type { Sender, SendingStream } from './sender';
import type { Site } from './site';
import type { Ending, Http2Stream } from './stream';

/** The connection as one of its streams sees it. */
export interface StreamWire {
  readonly site: Site;
  readonly sender: Sender;
  readonly remoteAddress: string;
  readonly ports: ConnectionPorts | undefined;
  /** So many bytes of data have been taken. */
  consumed(bytes: number): void;
  windowUpdate(streamId: number, increment: number): void;
  rstStream(streamId: number, code: number): void;
  ended(stream: ServerStream, ending: Ending): void;
}

const none: Buffer = Buffer.alloc(0);

/** Less than this waiting counts as nothing. */
const drainedBytes = 64 * 1024;

/** One request and its answer on a connection of ours. */
export class ServerStream implements Http2Stream, BodyOwner, SendingStream {
  readonly id: number;
  readonly head: RequestHead;
  readonly body: RequestBody;
  context: unknown = undefined;
  ending: Ending | undefined = undefined;
  /** The handler knows of it. */
  handled = false;
  sendWindow: number;
  queue: SendQueue | undefined = undefined;
  readonly #wire: StreamWire;
  #receiveWindow: number;
  #unannounced = 0;
  #answer: 'none' | 'begun' | 'given' = 'none';
  #drains: (() => void)[] | undefined = undefined;

  constructor(id: number, head: RequestHead, wire: StreamWire) {
    this.id = id;
    this.head = head;
    this.#wire = wire;
    this.sendWindow = wire.sender.initialWindow;
    this.#receiveWindow = wire.site.limits.streamWindowBytes;
    this.body = new RequestBody(this, head.declaredBytes ?? -1);
  }

  get remoteAddress(): string {
    return this.#wire.remoteAddress;
  }

  get gone(): boolean {
    return this.ending !== undefined && this.ending !== 'answered';
  }

  get ports(): ConnectionPorts | undefined {
    return this.#wire.ports;
  }

  get unsentBytes(): number {
    return this.queue?.bytes ?? 0;
  }

  bytes(): Buffer | undefined {
    return this.body.bytes();
  }

  whole(maxBytes: number): Promise<Buffer> {
    return this.body.whole(maxBytes);
  }

  bodyParts(): AsyncIterable<Buffer> {
    return this.body.parts();
  }

  bodyDone(): void {
    this.body.done();
  }

  reply(headers: Buffer, body: Buffer | readonly Buffer[], trailers?: Buffer): void {
    if (!this.#begin()) return;
    this.#answer = 'given';
    const { sender } = this.#wire;
    if (trailers === undefined && body.length === 0) {
      sender.headers(this.id, headers, true);
      this.sentAll();
      return;
    }
    sender.headers(this.id, headers, false);
    sender.finish(this, body, trailers);
  }

  respond(headers: Buffer, endStream = false): void {
    if (endStream) this.reply(headers, none);
    else if (this.#begin()) this.#wire.sender.headers(this.id, headers, false);
  }

  write(bytes: Buffer): void {
    if (this.#goesOn()) this.#wire.sender.write(this, bytes);
  }

  end(trailers?: Buffer): void {
    if (!this.#goesOn()) return;
    this.#answer = 'given';
    this.#wire.sender.finish(this, none, trailers);
  }

  async drained(): Promise<void> {
    while (this.ending === undefined && this.unsentBytes > drainedBytes) {
      await new Promise<void>((resolve) => (this.#drains ??= []).push(resolve));
    }
  }

  reset(code: number): void {
    if (this.ending !== undefined) return;
    this.#wire.rstStream(this.id, code);
    this.finish('reset');
  }

  /** The caller has sent `bytes` more; false if the window had no room for them. */
  takeWindow(bytes: number): boolean {
    this.#receiveWindow -= bytes;
    return this.#receiveWindow >= 0;
  }

  gotOn(): void {
    if (this.unsentBytes <= drainedBytes) this.#drain();
  }

  sentAll(): void {
    if (!this.body.ended) this.#wire.rstStream(this.id, errorCodes.noError);
    this.finish('answered');
  }

  /** Ends it, whatever it is at. */
  finish(ending: Ending): void {
    if (this.ending !== undefined) return;
    this.ending = ending;
    this.queue = undefined;
    this.body.close();
    this.#drain();
    this.#wire.ended(this, ending);
  }

  /** Ends waits of its that have taken too long. */
  check(bodyMs: number, sendMs: number): void {
    this.body.check(bodyMs);
    const { queue } = this;
    if (queue === undefined || queue.bytes === 0 || this.now - queue.since < sendMs) return;
    // One that stands in line waits for others or for the socket, unless the window is shut for all.
    if (!queue.inLine || this.#wire.sender.shut) this.reset(errorCodes.cancel);
  }

  // What its body wants to know of it.

  get allowance(): BodyAllowance {
    return this.#wire.site.allowance;
  }

  get memory(): BodyMemory {
    return this.#wire.site.memory;
  }

  get now(): number {
    return this.#wire.site.now;
  }

  expectedBytes(start: Buffer): number | undefined {
    return this.#wire.site.expectedBytes(this, start);
  }

  consumed(bytes: number, wanted: boolean): void {
    this.#wire.consumed(bytes);
    if (!wanted || this.ending !== undefined) return;
    this.#unannounced += bytes;
    if (this.#unannounced * 2 < this.#wire.site.limits.streamWindowBytes) return;
    this.#wire.windowUpdate(this.id, this.#unannounced);
    this.#receiveWindow += this.#unannounced;
    this.#unannounced = 0;
  }

  #begin(): boolean {
    if (this.#answer !== 'none' || this.ending !== undefined) return false;
    this.#answer = 'begun';
    return true;
  }

  #goesOn(): boolean {
    return this.#answer === 'begun' && this.ending === undefined;
  }

  #drain(): void {
    const drains = this.#drains;
    this.#drains = undefined;
    if (drains !== undefined) for (const drain of drains) drain();
  }
}
