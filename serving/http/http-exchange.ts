import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorBody, errorHeaders } from '../../core/envelope';
import { asShoalError, statusOf, type ShoalError, type StatusDialect } from '../../core/errors';
import type { Exchange, ExchangeNotes, ReplyBody } from '../../protocol/exchange';
import { declaredLength } from './body';
import type { Connection } from './connections';
import { endWith, linger, sizeOf } from './response';

/** What the exchanges of one server share. */
export interface Site {
  readBody(exchange: HttpExchange, request: IncomingMessage): Promise<Buffer>;
  /** Called once per exchange, when its answer has been handed over or cannot be any more. */
  finished(exchange: HttpExchange, status: number): void;
  /** Tells the log of a fault of ours. */
  faulted(exchange: HttpExchange, error: ShoalError): void;
  /** True once the server is stopping: answers close their connections. */
  readonly closing: boolean;
}

/** Rests of unread bodies up to this size are read over, so that the connection stays usable. */
const skippedBytes = 1024 * 1024;

export class HttpExchange implements Exchange {
  readonly method: string;
  readonly requestId: string;
  readonly started = performance.now();
  readonly connection: Connection;
  readonly notes = emptyNotes();
  /** Path and query without the base path. */
  target = '';
  path = '';
  /** Bytes that its body takes out of the process's allowance. */
  heldBytes = 0;
  /** True while the caller waits for `100 Continue` before it sends the body. */
  awaitsContinue = false;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #site: Site;
  #query: URLSearchParams | undefined;
  #body: Promise<Buffer> | undefined;
  #abort: AbortController | undefined;
  #finished = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    about: { site: Site; requestId: string; connection: Connection },
  ) {
    this.method = request.method ?? 'GET';
    this.requestId = about.requestId;
    this.connection = about.connection;
    this.#request = request;
    this.#response = response;
    this.#site = about.site;
  }

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

  get gone(): boolean {
    return !this.#finished && this.#request.socket.destroyed;
  }

  get signal(): AbortSignal {
    return (this.#abort ??= abortedByClose(this.#response)).signal;
  }

  get peer(): string {
    return this.#request.socket.remoteAddress ?? '';
  }

  /** True once an answer has been given. */
  get answered(): boolean {
    return this.#finished;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  body(): Promise<Buffer> {
    return (this.#body ??= this.#site.readBody(this, this.#request));
  }

  /** Lets a caller that waits for it send the body. */
  continue(): void {
    if (!this.awaitsContinue) return;
    this.awaitsContinue = false;
    this.#response.writeContinue();
  }

  reply(status: number, headers: Readonly<Record<string, string>>, body: ReplyBody): void {
    if (this.#finished) return;
    const response = this.#response;
    if (response.destroyed || response.headersSent) {
      response.destroy();
      this.#finish(499);
      return;
    }
    const lingers = !this.#request.complete && this.#bodyTooLongToSkip();
    const flat = this.#headersFor(status, sizeOf(body), headers, lingers);
    response.writeHead(status, flat);
    if (lingers && headers['connection'] === undefined) linger(this.#request, response, body);
    else endWith(response, body);
    this.#finish(status);
  }

  #headersFor(
    status: number,
    bytes: number,
    headers: Readonly<Record<string, string>>,
    lingers: boolean,
  ): string[] {
    const flat = ['x-request-id', this.requestId];
    if (status !== 204 && status !== 304) flat.push('content-length', String(bytes));
    for (const name in headers) flat.push(name, headers[name] ?? '');
    const closes = lingers || this.#site.closing || this.connection.closing;
    if (closes && headers['connection'] === undefined) flat.push('connection', 'close');
    return flat;
  }

  fail(error: ShoalError, dialect: StatusDialect): void {
    this.notes.errorCode = error.code;
    if (error.code === 'internal') this.#site.faulted(this, error);
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
    if (!this.#finished) this.failWith(new Error('the handler gave no answer'), dialect);
  }

  /** For answers that somebody else gives on the response itself. */
  handOver(): { request: IncomingMessage; response: ServerResponse } {
    const response = this.#response;
    this.#request.url = this.target;
    this.#request.headers['x-request-id'] = this.requestId;
    response.setHeader('x-request-id', this.requestId);
    if (this.#site.closing) response.setHeader('connection', 'close');
    response.once('close', () => {
      this.#finish(response.writableEnded ? response.statusCode : 499);
      if (this.connection.closing) this.#request.socket.destroySoon();
    });
    this.continue();
    return { request: this.#request, response };
  }

  #finish(status: number): void {
    if (this.#finished) return;
    this.#finished = true;
    if (status === 499) this.notes.errorCode = 'client_closed';
    this.#site.finished(this, status);
  }

  #bodyTooLongToSkip(): boolean {
    const declared = declaredLength(this.#request);
    if (declared === 0) return false;
    return this.awaitsContinue || declared === 'chunked' || declared > skippedBytes;
  }
}

export function emptyNotes(): ExchangeNotes {
  return {
    dialect: '',
    model: '',
    version: '',
    host: '',
    rows: 0,
    batchRows: 0,
    errorCode: '',
    stages: null,
  };
}

function abortedByClose(response: ServerResponse): AbortController {
  const controller = new AbortController();
  const abort = (): void => {
    if (!response.writableEnded) controller.abort();
  };
  if (response.destroyed) abort();
  else response.once('close', abort);
  return controller;
}
