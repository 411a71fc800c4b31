import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReplyBody } from '../../protocol/exchange';
import { portsOf } from './connection-ports';
import type { Connection } from './connections';
import type { ConnectionPorts } from '../../protocol/infer';
import { declaredLength, nodeBody } from './node-body';
import { endWith, linger, sizeOf } from './response';
import { ServerExchange, skippedBytes, type Site } from './server-exchange';

/** An exchange on a connection that `node:http` reads. */
export class NodeExchange extends ServerExchange {
  /** True while the caller waits for `100 Continue` before it sends the body. */
  awaitsContinue = false;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #abort: AbortController | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    about: { site: Site; requestId: string; connection: Connection },
  ) {
    super({ method: request.method ?? 'GET', ...about });
    this.#request = request;
    this.#response = response;
  }

  get gone(): boolean {
    return !this.answered && this.#request.socket.destroyed;
  }

  get signal(): AbortSignal {
    return (this.#abort ??= abortedByClose(this.#response)).signal;
  }

  get peer(): string {
    return this.#request.socket.remoteAddress ?? '';
  }

  get ports(): ConnectionPorts | undefined {
    return portsOf(this.#request.socket);
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  continue(): void {
    if (!this.awaitsContinue) return;
    this.awaitsContinue = false;
    this.#response.writeContinue();
  }

  reply(status: number, headers: Readonly<Record<string, string>>, body: ReplyBody): void {
    if (this.answered) return;
    const response = this.#response;
    if (response.destroyed || response.headersSent) {
      response.destroy();
      this.finish(499);
      return;
    }
    const lingers = !this.#request.complete && this.#bodyTooLongToSkip();
    const flat = this.#headersFor(status, sizeOf(body), headers, lingers);
    response.writeHead(status, flat);
    if (lingers && headers['connection'] === undefined) linger(this.#request, response, body);
    else endWith(response, body);
    this.finish(status);
  }

  /** For answers that somebody else gives on the response itself. */
  handOver(): { request: IncomingMessage; response: ServerResponse } {
    const response = this.#response;
    this.#request.url = this.target;
    this.#request.headers['x-request-id'] = this.requestId;
    response.setHeader('x-request-id', this.requestId);
    if (this.#closesAfterwards()) response.setHeader('connection', 'close');
    response.once('close', () => {
      this.finish(response.writableEnded ? response.statusCode : 499);
      if (this.connection.closing) this.#request.socket.destroySoon();
    });
    this.continue();
    return { request: this.#request, response };
  }

  protected readBody(): Promise<Buffer> {
    return this.site.readBody(this, nodeBody(this.#request));
  }

  /**
   * Kept-alive connections of a proxy would otherwise leave the quick reader one after the other,
   * each for good. A body that is not read before the answer must not be cut off.
   */
  #closesAfterwards(): boolean {
    if (this.site.closing) return true;
    return !this.connection.pipelines && declaredLength(this.#request) === 0;
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
    const closes = lingers || this.site.closing || this.connection.closing;
    if (closes && headers['connection'] === undefined) flat.push('connection', 'close');
    return flat;
  }

  #bodyTooLongToSkip(): boolean {
    const declared = declaredLength(this.#request);
    if (declared === 0) return false;
    return this.awaitsContinue || declared === 'chunked' || declared > skippedBytes;
  }
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
