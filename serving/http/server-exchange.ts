import { errorBody, errorHeaders } from '../../core/envelope';
import { asShoalError, statusOf, type ShoalError, type StatusDialect } from '../../core/errors';
import type { Exchange, ReplyBody } from '../../protocol/exchange';
import type { ConnectionPorts } from '../../protocol/infer';
import type { BodySource } from './body';
import type { BodyMemory } from './body-memory';
import type { Connection } from './connections';
import { emptyNotes } from './notes';

/** What the exchanges of one server share. */
export interface Site {
  readBody(exchange: ServerExchange, source: BodySource): Promise<Buffer>;
  readonly memory: BodyMemory;
  /** Called once per exchange, when its answer has been handed over or cannot be any more. */
  finished(exchange: ServerExchange, status: number): void;
  /** Tells the log of a fault of ours. */
  faulted(exchange: ServerExchange, error: ShoalError): void;
  /** True once the server is stopping: answers close their connections. */
  readonly closing: boolean;
}

/** Rests of unread bodies up to this size are read over, so that the connection stays usable. */
export const skippedBytes = 1024 * 1024;

/** What the exchanges of both readers of HTTP have in common. */
export abstract class ServerExchange implements Exchange {
  readonly method: string;
  readonly requestId: string;
  readonly connection: Connection;
  readonly arrivedAt = performance.now();
  readonly notes = emptyNotes();
  /** Path and query without the base path. */
  target = '';
  path = '';
  /** Bytes that its body takes out of the process's allowance. */
  heldBytes = 0;
  /** Largest body; 0 for the server's limit. */
  maxBodyBytes = 0;
  protected readonly site: Site;
  /** True once an answer has been given. */
  answered = false;
  #query: URLSearchParams | undefined;
  #body: Promise<Buffer> | undefined;
  #memory: Buffer | undefined;

  constructor(about: { method: string; site: Site; requestId: string; connection: Connection }) {
    this.method = about.method;
    this.requestId = about.requestId;
    this.connection = about.connection;
    this.site = about.site;
  }

  abstract readonly peer: string;
  abstract readonly ports: ConnectionPorts | undefined;
  abstract readonly gone: boolean;
  abstract readonly signal: AbortSignal;
  abstract header(name: string): string | undefined;
  abstract reply(status: number, headers: Readonly<Record<string, string>>, body: ReplyBody): void;
  /** Lets a caller that waits for it send the body. */
  abstract continue(): void;
  protected abstract readBody(): Promise<Buffer>;

  /** Sets the path once it is known to be acceptable. */
  aim(target: string): void {
    const mark = target.indexOf('?');
    this.target = target;
    this.path = mark === -1 ? target : target.slice(0, mark);
  }

  get query(): URLSearchParams {
    const mark = this.target.indexOf('?');
    return (this.#query ??= new URLSearchParams(mark === -1 ? '' : this.target.slice(mark + 1)));
  }

  body(maxBytes = 0): Promise<Buffer> {
    if (this.#body === undefined) this.maxBodyBytes = maxBytes;
    return (this.#body ??= this.readBody());
  }

  /** Memory for the body, of which there is one. */
  takeMemory(bytes: number): Buffer {
    return (this.#memory = this.site.memory.take(bytes));
  }

  bodyDone(): void {
    const memory = this.#memory;
    this.#memory = undefined;
    if (memory !== undefined) this.site.memory.giveBack(memory);
  }

  fail(error: ShoalError, dialect: StatusDialect): void {
    this.notes.errorCode = error.code;
    if (error.code === 'internal') this.site.faulted(this, error);
    const headers = errorHeaders(error);
    headers['content-type'] = 'application/json';
    const body = JSON.stringify(errorBody(error, dialect));
    this.reply(statusOf(error.code, dialect), headers, body);
  }

  /** Answers whatever was thrown. */
  failWith(thrown: unknown, dialect: StatusDialect): void {
    this.fail(asShoalError(thrown), dialect);
  }

  /** For handlers that have come to their end. */
  mustBeAnswered(dialect: StatusDialect): void {
    if (!this.answered) this.failWith(new Error('the handler gave no answer'), dialect);
  }

  protected finish(status: number): void {
    if (this.answered) return;
    this.answered = true;
    if (status === 499) this.notes.errorCode = 'client_closed';
    this.site.finished(this, status);
  }
}
