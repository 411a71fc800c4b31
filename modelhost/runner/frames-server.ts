import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { frameKinds, protocolVersion } from '../../protocol/link/frame';
import { createFrameReader, FrameFault } from '../../protocol/link/frame-reader';
import type { IncomingFrame } from '../../protocol/link/frame-reader';
import {
  decodeHello,
  decodeInfer,
  encodeHello,
  encodePong,
  encodeRefused,
} from '../../protocol/link/frames';
import { decodeShare, encodeShared } from '../../protocol/link/share-frames';
import { createFrameWriter } from '../../serving/link/frame-writer';
import type { Caller, RunQueue } from './run-queue';
import { SharedReader, type Scratch } from './shared-reader';

export interface FramesServerOptions {
  readonly host: string;
  readonly runner: string;
  readonly secret: string;
  readonly maxFrameBytes: number;
}

/** Unread answers of one connection beyond this end it, in bytes. */
const maxUnreadBytes = 1024 * 1024 * 1024;

/** Milliseconds until a new connection must have said hello. */
const helloTimeoutMs = 5000;

interface Connected {
  readonly socket: Socket;
  readonly caller: Caller;
  readonly shared: SharedReader;
}

/** Takes connections of inferrers and hands their batches to the queue. */
export class FramesServer {
  readonly #options: FramesServerOptions;
  readonly #queue: RunQueue;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #scratch: Scratch = { bytes: new Uint8Array(0) };

  constructor(options: FramesServerOptions, queue: RunQueue) {
    this.#options = options;
    this.#queue = queue;
  }

  /** Listens; resolves with the port, 0 for a unix socket. */
  listen(at: { path: string } | { host: string; port: number }): Promise<number> {
    const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
      this.#accept(socket);
    });
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  /** Stops listening and closes every connection after what was written to it. */
  async close(): Promise<void> {
    for (const server of this.#servers) server.close();
    await Promise.all(
      [...this.#sockets].map(
        (socket) =>
          new Promise<void>((resolve) => {
            socket.end(resolve);
            socket.once('close', () => {
              resolve();
            });
          }),
      ),
    );
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const write = createFrameWriter(socket);
    const shared = new SharedReader(this.#scratch);
    const caller: Caller = {
      answer: (frame) => {
        write(frame);
        if (socket.writableLength > maxUnreadBytes) socket.destroy();
      },
      inputs: (batch) => shared.inputs(batch),
    };
    const connected = { socket, caller, shared };
    let greeted = false;
    const reader = createFrameReader(this.#options.maxFrameBytes, (frame) => {
      if (greeted) this.#take(connected, frame);
      else greeted = this.#greet(connected, frame);
    });
    const timer = setTimeout(() => {
      if (!greeted) socket.destroy();
    }, helloTimeoutMs).unref();
    socket.on('data', (chunk) => {
      if (!socket.writable) return;
      readOrDestroy(socket, () => {
        reader.read(chunk);
      });
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
      this.#queue.drop(caller);
      shared.close();
    });
  }

  #greet({ socket, caller, shared }: Connected, frame: IncomingFrame): boolean {
    if (frame.kind !== frameKinds.hello) throw new FrameFault('the first frame is no hello');
    if (Math.abs(frame.version - protocolVersion) > 1) throw new FrameFault('too far apart');
    const hello = decodeHello(frame);
    if (!sameSecret(hello.secret, this.#options.secret)) {
      socket.end(Buffer.concat(encodeRefused(0, 'unauthorized')));
      return false;
    }
    const { host, runner } = this.#options;
    const readable = shared.open(hello.shared) ? hello.shared : '';
    caller.answer(encodeHello({ host, runner, secret: '', shared: readable }));
    return true;
  }

  #take({ caller, shared }: Connected, frame: IncomingFrame): void {
    const { kind, id } = frame;
    if (kind === frameKinds.infer) {
      this.#queue.submit(caller, id, decodeInfer(frame), frame.payload.byteLength);
    } else if (kind === frameKinds.ping) {
      caller.answer(encodePong(id));
    } else if (kind === frameKinds.unwanted) {
      this.#queue.leave(caller, id);
    } else if (kind === frameKinds.share) {
      caller.answer(encodeShared(id, shared.openFile(id, decodeShare(frame))));
    } else if (kind === frameKinds.unshare) {
      shared.closeFile(id);
    }
  }
}

function readOrDestroy(socket: Socket, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof FrameFault)) throw error;
    socket.destroy();
  }
}

/** In constant time; where no secret is set, any will do. */
function sameSecret(given: string, wanted: string): boolean {
  if (wanted === '') return true;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
