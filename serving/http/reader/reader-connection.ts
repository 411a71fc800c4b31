import type { Socket } from 'node:net';
import { lf } from './characters';
import type { BodySink } from '../body';
import type { Connection } from '../connections';
import type { Head } from './head';
import { linger } from './linger';
import { readHead, type NoHead } from './read-head';
import type { ReaderExchange } from './reader-exchange';
import type { Reads } from './reads';
import type { Afterwards, ReaderLimits, Wire } from './wire';

/** What a connection tells its server. */
export interface ReaderServer {
  readonly maxHeaderBytes: number;
  /** Begins to answer; undefined where no dialect knows the path: then nothing has happened. */
  begin(wire: ReaderConnection, head: Head): ReaderExchange | undefined;
  /** Lets the dialect answer what `begin` gave. */
  run(exchange: ReaderExchange): void;
  /** Answers what is no request, and closes. */
  refuse(wire: ReaderConnection, why: Exclude<NoHead, 'incomplete'> | 'late'): void;
  /** Gives the connection to `node:http`, with what has come and was not read. */
  handOver(wire: ReaderConnection, unread: Buffer): void;
  ended(wire: ReaderConnection): void;
}

const none: Buffer = Buffer.alloc(0);

/** What has come ahead of its turn is kept up to this size; then the caller has to wait. */
const aheadBytes = 64 * 1024;

/**
 * One connection, read strictly in order: one request is under way at a time, what its caller
 * sends ahead waits. So answers cannot change places, and the way of the bytes between two
 * requests is never open.
 */
export class ReaderConnection implements Wire {
  readonly socket: Socket;
  readonly connection: Connection;
  lost = false;
  readonly #reads: Reads;
  readonly #server: ReaderServer;
  /** What has come; it has been read up to `#at`. */
  #bytes = none;
  #at = 0;
  /** The head that came last: most callers send the same one again. */
  #head: Head | undefined;
  #exchange: ReaderExchange | undefined;
  /** How much of the body of the request under way, or answered last, has not been read. */
  #unread = 0;
  #sink: BodySink | undefined;
  /** Milliseconds: when it was opened, last answered, or a head began to come. */
  #since = performance.now();
  #headBegan = false;
  #advancing = false;
  #paused = false;
  /** Nothing is read here any more. */
  #over = false;

  constructor(reads: Reads, connection: Connection, server: ReaderServer) {
    const { socket } = reads;
    this.socket = socket;
    this.#reads = reads;
    this.connection = connection;
    this.#server = server;
    socket.on('drain', this.#onDrain);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
    reads.give(this.#take);
  }

  get coming(): number {
    return Math.max(0, this.#unread - (this.#bytes.length - this.#at));
  }

  wholeBody(): Buffer | undefined {
    const size = this.#unread;
    if (size === 0) return none;
    if (this.#bytes.length - this.#at < size) return undefined;
    const body = this.#bytes.subarray(this.#at, this.#at + size);
    this.#passOver(size);
    return body;
  }

  pour(sink: BodySink): void {
    this.#sink = sink;
    this.#feed();
    if (this.#unread > 0 && this.lost) sink.lost();
    else this.#goOn();
  }

  stop(): void {
    this.#sink = undefined;
  }

  brokenNext(): boolean {
    const from = this.#at + this.#unread;
    if (from >= this.#bytes.length) return false;
    const next = readHead(this.#bytes, from, this.#server.maxHeaderBytes);
    return next === 'malformed' || next === 'too large';
  }

  answered(afterwards: Afterwards): void {
    const { coming } = this;
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.lost();
    this.#exchange = undefined;
    this.#since = performance.now();
    if (afterwards === 'keep') {
      this.#goOn();
      this.#advance();
      return;
    }
    this.#letGo();
    if (afterwards === 'linger') {
      this.#reads.give(undefined);
      linger(this.socket, coming);
    } else this.socket.destroySoon();
  }

  /** Ends waits that have taken too long; called now and then. */
  check(now: number, limits: ReaderLimits): void {
    if (this.#over || this.#exchange !== undefined) return;
    const waited = now - this.#since;
    if (this.#unread > 0) {
      if (waited > limits.bodyMs) this.socket.destroy();
    } else if (this.#headBegan) {
      if (waited > limits.headersMs) this.#refuse('late');
    } else if (waited > limits.keepAliveMs && this.socket.writableLength === 0) {
      this.socket.destroySoon();
    }
  }

  /** Reads what has come. The bytes are only lent: what is not read now is copied. */
  readonly #take = (chunk: Buffer): void => {
    if (this.#over) return;
    if (this.#at === this.#bytes.length) {
      this.#bytes = chunk;
      this.#at = 0;
      this.#advance();
      this.#keepRest(chunk);
      return;
    }
    const rest = this.#bytes.subarray(this.#at);
    this.#bytes = Buffer.concat([rest, chunk]);
    this.#at = 0;
    const inLine = this.#headBegan && !chunk.includes(lf);
    if (!inLine || this.#bytes.length >= this.#server.maxHeaderBytes) this.#advance();
  };

  readonly #onDrain = (): void => {
    this.#advance();
  };

  readonly #onEnd = (): void => {
    if (this.#over) return;
    const cut = this.#exchange === undefined ? this.#headBegan : this.coming > 0;
    if (cut) this.#refuse('malformed');
    else this.socket.end();
    this.#leave();
  };

  readonly #onClose = (): void => {
    this.#over = true;
    this.#server.ended(this);
    this.#leave();
  };

  readonly #onError = (): void => {
    // The socket closes by itself.
  };

  #leave(): void {
    this.lost = true;
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.lost();
    this.#exchange?.leave();
  }

  #advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    while (this.#step());
    this.#advancing = false;
  }

  /** Does the next thing with what has come; false if there is nothing to do now. */
  #step(): boolean {
    if (this.#over) return false;
    if (this.#exchange !== undefined) {
      this.#feed();
      this.#holdBack();
      return false;
    }
    if (this.#unread > 0) this.#passOver(Math.min(this.#unread, this.#bytes.length - this.#at));
    if (this.#at === this.#bytes.length) return false;
    if (this.socket.writableNeedDrain) {
      this.#holdBack();
      return false;
    }
    return this.#next();
  }

  #next(): boolean {
    const head = this.#readHead();
    if (head === 'incomplete') {
      if (!this.#headBegan) this.#since = performance.now();
      this.#headBegan = true;
      return false;
    }
    if (typeof head === 'string') {
      this.#refuse(head);
      return false;
    }
    this.#headBegan = false;
    const exchange = head.unusual ? undefined : this.#server.begin(this, head);
    if (exchange === undefined) {
      this.#handOver(head);
      return false;
    }
    this.#at += head.size;
    if (head !== this.#head) head.own();
    this.#head = head;
    this.#unread = head.bodyLength;
    this.#exchange = exchange;
    this.#server.run(exchange);
    return true;
  }

  #readHead(): Head | NoHead {
    const last = this.#head;
    if (last?.repeats(this.#bytes, this.#at) === true) return last;
    return readHead(this.#bytes, this.#at, this.#server.maxHeaderBytes);
  }

  #keepRest(lent: Buffer): void {
    if (this.#bytes !== lent) return;
    this.#bytes = this.#at === lent.length ? none : Buffer.from(lent.subarray(this.#at));
    this.#at = 0;
  }

  #feed(): void {
    while (this.#sink !== undefined && this.#unread > 0 && this.#at < this.#bytes.length) {
      const size = Math.min(this.#unread, this.#bytes.length - this.#at);
      const part = this.#bytes.subarray(this.#at, this.#at + size);
      this.#passOver(size);
      this.#sink.take(part);
    }
  }

  #passOver(size: number): void {
    this.#unread -= size;
    this.#at += size;
    if (this.#at < this.#bytes.length) return;
    this.#bytes = none;
    this.#at = 0;
  }

  /** Lets the caller wait who sends far ahead. */
  #holdBack(): void {
    if (this.#paused || this.#bytes.length - this.#at <= aheadBytes) return;
    this.#paused = true;
    this.socket.pause();
  }

  #goOn(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.socket.resume();
  }

  #refuse(why: Exclude<NoHead, 'incomplete'> | 'late'): void {
    this.#over = true;
    this.#goOn();
    this.#server.refuse(this, why);
  }

  #handOver(head: Head): void {
    const unread = Buffer.from(this.#bytes.subarray(this.#at));
    this.connection.pipelines = unread.length > head.size + head.bodyLength;
    this.#letGo();
    this.#reads.give(undefined);
    this.socket.off('drain', this.#onDrain);
    this.socket.off('end', this.#onEnd);
    this.socket.off('close', this.#onClose);
    this.socket.off('error', this.#onError);
    this.#server.handOver(this, unread);
  }

  #letGo(): void {
    this.#over = true;
    this.#bytes = none;
    this.#at = 0;
    this.#server.ended(this);
  }
}
