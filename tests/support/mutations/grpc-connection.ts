import { connect } from 'node:net';
import { BlockDecoder } from '../../../serving/http2/hpack/block-decoder';
import { endHeaders, endStream, frame, magic, types } from '../http2-wire';

/** What has come for one call. */
export interface GrpcAnswer {
  /** Of the head and the trailers together, names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  /** The bytes of all DATA frames. */
  readonly body: Buffer;
  /** The code with which the server has reset it before its end; undefined where it has not. */
  readonly reset: number | undefined;
}

interface Pending {
  readonly fields: Map<string, string>;
  readonly body: Buffer[];
  readonly settle: (answer: GrpcAnswer | undefined) => void;
}

const most = 2 ** 31 - 1;
const firstWindow = 65_535;
const windowSetting = Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff]);

/** All windows as wide as they may be, so that nothing has to be counted here. */
const greeting = Buffer.concat([
  magic,
  frame('settings', 0, windowSetting),
  frame('windowUpdate', 0, [most - firstWindow]),
]);

/** An HTTP/2 connection for calls of any bytes. */
export class GrpcConnection {
  readonly #socket;
  readonly #decoder = new BlockDecoder({ maxHeaderBytes: 2 ** 20, maxHeaderCount: 1000 });
  readonly #pending = new Map<number, Pending>();
  readonly #pings: (() => void)[] = [];
  readonly #ended: Promise<void>;
  #got: Buffer = Buffer.alloc(0);
  #over = false;
  #nextId = 1;
  /** Why the server has ended it; undefined where it has not said so. */
  goaway: number | undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1' }).setNoDelay(true);
    this.#socket.on('data', (bytes: Buffer) => {
      this.#take(bytes);
    });
    this.#socket.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      this.#socket.once('close', () => {
        this.#end();
        resolve();
      });
    });
    this.#socket.write(greeting);
  }

  /** False once either side has ended it, or said that it will. */
  get open(): boolean {
    return !this.#over && this.goaway === undefined;
  }

  /** An id for the next call. */
  newId(): number {
    const id = this.#nextId;
    this.#nextId += 2;
    return id;
  }

  send(bytes: Buffer): void {
    if (!this.#over) this.#socket.write(bytes);
  }

  /** What comes for the call; undefined where the connection ends before that has come. */
  answer(id: number): Promise<GrpcAnswer | undefined> {
    if (this.#over) return Promise.resolve(undefined);
    return new Promise((settle) => {
      this.#pending.set(id, { fields: new Map(), body: [], settle });
    });
  }

  /** Resolves when the server has read everything before, or has ended the connection. */
  async read(): Promise<void> {
    if (this.#over) return;
    const acknowledged = new Promise<void>((resolve) => this.#pings.push(resolve));
    this.send(frame('ping', 0, '0123456789abcdef'));
    await acknowledged;
  }

  /** Sends bytes and ends; resolves when the other side has ended, too. */
  async last(bytes: Buffer): Promise<void> {
    this.#socket.end(bytes);
    await this.#ended;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#got = this.#got.length === 0 ? bytes : Buffer.concat([this.#got, bytes]);
    for (;;) {
      if (this.#got.length < 9) return;
      const end = 9 + this.#got.readUIntBE(0, 3);
      if (this.#got.length < end) return;
      const head = this.#got;
      this.#got = head.subarray(end);
      this.#frame(head[3]!, head[4]!, head.readUInt32BE(5), head.subarray(9, end));
    }
  }

  #frame(type: number, flags: number, id: number, payload: Buffer): void {
    if (id === 0) this.#ofConnection(type, flags, payload);
    else if (type === types.rstStream) this.#settle(id, payload.readUInt32BE(0));
    else {
      const call = this.#pending.get(id);
      if (type === types.data) call?.body.push(payload);
      else if (type === types.headers) this.#fields(call, flags, payload);
      if ((flags & endStream) !== 0) this.#settle(id, undefined);
    }
  }

  #ofConnection(type: number, flags: number, payload: Buffer): void {
    if (type === types.settings && flags === 0) this.send(frame('settings', 0, '', 1));
    else if (type === types.ping && flags === 1) this.#pings.shift()?.();
    else if (type === types.goaway) this.goaway = payload.readUInt32BE(4);
  }

  #fields(call: Pending | undefined, flags: number, block: Buffer): void {
    if ((flags & endHeaders) === 0) throw new Error('the server does not send blocks in parts');
    const { fields, tooLarge } = this.#decoder.decode(block, 0, block.length);
    if (tooLarge) throw new Error('too many headers of the server');
    for (const { name, value } of fields) call?.fields.set(name, value);
  }

  #settle(id: number, reset: number | undefined): void {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    call?.settle({ fields: call.fields, body: Buffer.concat(call.body), reset });
  }

  #end(): void {
    this.#over = true;
    for (const { settle } of this.#pending.values()) settle(undefined);
    this.#pending.clear();
    for (const resolve of this.#pings.splice(0)) resolve();
  }
}
