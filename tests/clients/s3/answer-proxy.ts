import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/**
 * What becomes of connections. pass: nothing. cut: they break. busy: every request is answered 503.
 * hang: nothing goes through, nothing breaks. slow: each piece of an answer comes later. lost: the
 * answers to writes are lost with their connections.
 */
export type AnswerFault = 'pass' | 'cut' | 'busy' | 'hang' | 'slow' | 'lost';

const unavailable = 'HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\n\r\n';
const slowMs = 50;

/** What a connection has sent. */
interface Sent {
  /** Something that changes an object. */
  writes: boolean;
  /** What is not to be answered. */
  loses: boolean;
}

/** Stands before a server on loopback; what it passes on arrives whole, the end included. */
export class AnswerProxy {
  /** Connections that were cut after so many bytes, and answers that were lost. */
  hits = 0;
  /** After so many bytes of answers a connection breaks. */
  cutAfter = Infinity;
  /** After so many bytes of requests, of all connections together, that one breaks which is sending. */
  cutRequestsAfter = Infinity;
  /** The answer to the next request that begins so is lost with its connection. */
  loseAnswerTo: RegExp | undefined;
  /** Requests go on with so many bytes in a second. */
  requestBytesPerSecond = Infinity;
  port = 0;
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #fault: AnswerFault = 'pass';

  constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => {
      this.#accept(client);
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as { port: number }).port;
  }

  /** What is under way breaks off. */
  set(fault: AnswerFault): void {
    this.#fault = fault;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.set('cut');
    this.#server.close();
    await once(this.#server, 'close');
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #accept(client: Socket): void {
    this.#keep(client);
    if (this.#fault === 'cut') client.destroy();
    if (this.#fault === 'busy') client.on('data', () => client.write(unavailable));
    if (this.#fault === 'cut' || this.#fault === 'busy' || this.#fault === 'hang') return;
    const target = connect(this.#target, '127.0.0.1');
    this.#keep(target);
    const sent: Sent = { writes: false, loses: false };
    client.pipe(this.#requests(client, sent)).pipe(target);
    target.pipe(this.#answers(client, sent)).pipe(client);
  }

  #requests(client: Socket, sent: Sent): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.cutRequestsAfter -= chunk.length;
        if (this.cutRequestsAfter <= 0) {
          this.cutRequestsAfter = Infinity;
          this.hits += 1;
          client.destroy();
          return;
        }
        sent.writes ||= chunk.subarray(0, 4).toString() === 'PUT ';
        if (this.loseAnswerTo?.test(chunk.subarray(0, 500).toString('latin1')) === true) {
          this.loseAnswerTo = undefined;
          sent.loses = true;
        }
        const ms = (1000 * chunk.length) / this.requestBytesPerSecond;
        if (ms === 0) done(null, chunk);
        else setTimeout(done, ms, null, chunk).unref();
      },
    });
  }

  #answers(client: Socket, sent: Sent): Transform {
    let left = this.cutAfter;
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        left -= chunk.length;
        const lost = sent.loses || (this.#fault === 'lost' && sent.writes);
        if (lost || left <= 0) {
          this.hits += 1;
          client.destroySoon();
        } else if (this.#fault === 'slow') {
          setTimeout(() => {
            done(null, chunk);
          }, slowMs);
        } else {
          done(null, chunk);
        }
      },
    });
  }
}
