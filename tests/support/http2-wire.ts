import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { BodyAllowance } from '../../serving/http/body-allowance';
import { encodeFields } from '../../serving/http2/hpack/encode-fields';
import {
  createHttp2Server,
  type Http2Server,
  type Http2ServerParts,
} from '../../serving/http2/http2-server';
import type { Http2Limits } from '../../serving/http2/limits';
import type { Http2Stream } from '../../serving/http2/stream';

/** A frame as it goes over the wire. */
export interface WireFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export const types = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const endStream = 0x1;
export const endHeaders = 0x4;

/** A frame in bytes; the payload is bytes, hex digits, or 32-bit numbers. */
export function frame(
  type: keyof typeof types | number,
  streamId: number,
  payload: Buffer | string | readonly number[] = '',
  flags = 0,
): Buffer {
  const body = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : words(payload);
  const bytes = typeof body === 'string' ? Buffer.from(body.replaceAll(' ', ''), 'hex') : body;
  const header = Buffer.alloc(9);
  header.writeUIntBE(bytes.length, 0, 3);
  header[3] = typeof type === 'number' ? type : types[type];
  header[4] = flags;
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, bytes]);
}

function words(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, n) => bytes.writeUInt32BE(number >>> 0, 4 * n));
  return bytes;
}

/** The header block of a request, with these fields more. */
export function requestBlock(path = '/', ...more: [string, string][]): Buffer {
  return encodeFields([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'x'],
    ...more,
  ]);
}

/** A request without a body. */
export const request = (streamId: number, path = '/'): Buffer =>
  frame('headers', streamId, requestBlock(path), endStream | endHeaders);

/** The head of a request whose body follows. */
export const requestHead = (streamId: number, path = '/', ...more: [string, string][]): Buffer =>
  frame('headers', streamId, requestBlock(path, ...more), endHeaders);

export const magic = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** What every connection begins with. */
export const hello = Buffer.concat([magic, frame('settings', 0)]);

export function framesOf(bytes: Buffer): WireFrame[] {
  const frames: WireFrame[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) throw new Error('a frame of the server breaks off');
    frames.push({
      type: bytes[at + 3]!,
      flags: bytes[at + 4]!,
      streamId: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, end),
    });
    at = end;
  }
  return frames;
}

/** A socket in memory: what is sent goes straight to the server. */
class MemorySocket extends Duplex {
  readonly remoteAddress = '192.0.2.1';
  readonly sent: Buffer[] = [];
  /** While true, nothing that the server writes is taken. */
  holds = false;
  readonly #held: (() => void)[] = [];
  #taken = 0;

  constructor() {
    super({ allowHalfOpen: true });
  }

  get bytesWritten(): number {
    return this.#taken + this.writableLength;
  }

  setNoDelay(): this {
    return this;
  }

  override _read(): void {
    // What is sent is emitted.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.sent.push(Buffer.from(chunk));
    const take = (): void => {
      this.#taken += chunk.length;
      done();
    };
    if (this.holds) this.#held.push(take);
    else take();
  }

  letGo(): void {
    this.holds = false;
    for (const done of this.#held.splice(0)) done();
  }
}

/** A caller that sends what it likes, on a connection in memory and a clock of the test. */
export interface Wire {
  readonly socket: MemorySocket;
  readonly server: Http2Server;
  readonly handled: Http2Stream[];
  readonly closed: Http2Stream[];
  readonly faults: unknown[];
  send(...bytes: Buffer[]): void;
  /** The frames that have come since this was asked last. */
  frames(): WireFrame[];
  /** Has so many milliseconds pass. */
  pass(ms: number): void;
  /** The code of the GOAWAY frame that came; undefined if none did. */
  goaway(): number | undefined;
  /** The codes of the RST_STREAM frames that came for this stream. */
  resets(streamId: number): number[];
}

export interface WireParts {
  readonly limits?: Partial<Http2Limits>;
  /** Bytes that bodies may take. */
  readonly bodiesMaxBytes?: number;
  handle?(stream: Http2Stream): void | Promise<void>;
  readonly expectedBytes?: Http2ServerParts['expectedBytes'];
}

const answer = encodeFields([[':status', '200']]);

/** A connection in memory; without a handler every request is answered at once. */
export function openWire(parts: WireParts = {}): Wire {
  const looks: { ms: number; look: () => void }[] = [];
  const told = { handled: [], closed: [], faults: [] } as {
    handled: Http2Stream[];
    closed: Http2Stream[];
    faults: unknown[];
  };
  let now = 1000;
  const server = createHttp2Server({
    limits: parts.limits,
    allowance: new BodyAllowance(parts.bodiesMaxBytes ?? 1024 ** 3),
    ...(parts.expectedBytes && { expectedBytes: parts.expectedBytes }),
    handle(stream) {
      told.handled.push(stream);
      if (parts.handle !== undefined) return parts.handle(stream);
      stream.reply(answer, Buffer.from('ok'));
      return undefined;
    },
    closed: (stream) => told.closed.push(stream),
    faulted: (error) => told.faults.push(error),
    clock: {
      now: () => now,
      every(ms, look) {
        looks.push({ ms, look });
        return () => undefined;
      },
    },
  });
  const socket = new MemorySocket();
  server.accept(socket as unknown as Socket);
  let read = 0;
  const all = (): WireFrame[] => framesOf(Buffer.concat(socket.sent));
  return {
    ...told,
    socket,
    server,
    send: (...bytes) => socket.emit('data', Buffer.concat(bytes)),
    frames() {
      const frames = all();
      const fresh = frames.slice(read);
      read = frames.length;
      return fresh;
    },
    pass(ms) {
      for (const { ms: every, look } of looks) {
        for (let left = ms; left > 0; left -= every) {
          now += Math.min(left, every);
          look();
        }
      }
    },
    goaway: () =>
      all()
        .find(({ type }) => type === types.goaway)
        ?.payload.readUInt32BE(4),
    resets: (streamId) =>
      all()
        .filter((one) => one.type === types.rstStream && one.streamId === streamId)
        .map(({ payload }) => payload.readUInt32BE(0)),
  };
}

/** Lets everything happen that is ready to. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
