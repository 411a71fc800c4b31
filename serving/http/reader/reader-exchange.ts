import type { ReplyBody } from '../../../protocol/exchange';
import type { BodySource } from '../body';
import { sizeOf } from '../response';
import type { ConnectionPorts } from '../../../protocol/infer';
import { portsOf } from '../connection-ports';
import { ServerExchange, skippedBytes, type Site } from '../server-exchange';
import { headerLines, type AnswerHeads } from './answer-head';
import type { Route } from '../router';
import type { Head } from './head';
import type { Wire } from './wire';
import { writeAnswer } from './write-answer';

export interface ReaderExchangeParts {
  readonly site: Site;
  readonly heads: AnswerHeads;
  /** Bodies that are longer are refused. */
  readonly maxBodyBytes: number;
}

/** An exchange on a connection that our own reader reads. */
export class ReaderExchange extends ServerExchange {
  readonly head: Head;
  readonly route: Route;
  readonly #wire: Wire;
  readonly #parts: ReaderExchangeParts;
  #abort: AbortController | undefined;

  constructor(
    wire: Wire,
    head: Head,
    about: { parts: ReaderExchangeParts; requestId: string; route: Route },
  ) {
    const { parts, requestId } = about;
    super({ method: head.method, site: parts.site, requestId, connection: wire.connection });
    this.head = head;
    this.route = about.route;
    this.#wire = wire;
    this.#parts = parts;
  }

  get gone(): boolean {
    return !this.answered && this.#wire.lost;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.gone) this.#abort.abort();
    return this.#abort.signal;
  }

  get peer(): string {
    return this.#wire.socket.remoteAddress ?? '';
  }

  get ports(): ConnectionPorts | undefined {
    return portsOf(this.#wire.socket);
  }

  header(name: string): string | undefined {
    return this.head.header(name);
  }

  continue(): void {
    // Callers that wait for it are not read here.
  }

  /** Called when the caller has closed the connection. */
  leave(): void {
    if (!this.answered) this.#abort?.abort();
  }

  reply(status: number, headers: Readonly<Record<string, string>>, body: ReplyBody): void {
    if (this.answered) return;
    if (this.#wire.lost) this.#giveUp();
    else this.#send(status, headers, body);
  }

  #giveUp(): void {
    this.finish(499);
    this.#wire.answered('close');
  }

  #send(status: number, headers: Readonly<Record<string, string>>, body: ReplyBody): void {
    const wire = this.#wire;
    const asked = headers['connection'] === 'close';
    const coming = wire.coming;
    const closes = asked || this.#closes(coming);
    const size = sizeOf(body);
    const start = this.#parts.heads.start(status, closes, this.requestId);
    const hasBody = status !== 204 && status !== 304;
    const length = hasBody ? `\r\ncontent-length: ${size}` : '';
    const head = `${start}${length}${headerLines(headers)}\r\n\r\n`;
    writeAnswer(wire.socket, head, body, hasBody && this.method !== 'HEAD' ? size : 0);
    this.finish(status);
    wire.answered(closes ? (coming > 0 && !asked ? 'linger' : 'close') : 'keep');
  }

  #closes(coming: number): boolean {
    const { head, connection } = this;
    if (head.closes || this.site.closing || connection.closing || coming > skippedBytes)
      return true;
    return this.#wire.brokenNext();
  }

  protected readBody(): Promise<Buffer> {
    const encoding = this.header('content-encoding');
    if (encoding === undefined && this.head.bodyLength <= this.#parts.maxBodyBytes) {
      const whole = this.#wire.wholeBody();
      if (whole !== undefined) return Promise.resolve(this.#own(whole));
    }
    const source: BodySource = {
      declared: this.head.bodyLength,
      encoding,
      pour: (sink) => {
        this.#wire.pour(sink);
      },
      stop: () => {
        this.#wire.stop();
      },
    };
    return this.site.readBody(this, source);
  }

  #own(lent: Buffer): Buffer {
    const body = this.takeMemory(lent.length);
    lent.copy(body);
    return body;
  }
}
