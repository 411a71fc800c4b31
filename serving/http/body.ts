import type { IncomingMessage } from 'node:http';
import { ShoalError } from '../../core/errors';
import type { BodyWatch } from './body-watch';

export interface BodyLimits {
  /** Largest body in bytes. */
  readonly maxBytes: number;
  /** Takes bytes out of the process's allowance; throws overloaded. */
  hold(bytes: number): void;
  readonly watch: BodyWatch;
}

/** Bodies up to this size are put together while they arrive, larger ones at their end. */
const assembledBytes = 4 * 1024 * 1024;

const empty = Buffer.alloc(0);

/** The length that the headers declare: a number of bytes, 'chunked' or nothing at all. */
export function declaredLength(request: IncomingMessage): number | 'chunked' {
  const length = request.headers['content-length'];
  if (length !== undefined) return Number(length);
  return request.headers['transfer-encoding'] === undefined ? 0 : 'chunked';
}

/** The body as sent. Rejects with too_large, body_timeout, client_closed or overloaded. */
export function collectBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const declared = declaredLength(request);
  if (declared === 0) return Promise.resolve(empty);
  if (declared !== 'chunked' && declared > limits.maxBytes) {
    return Promise.reject(tooLarge(limits.maxBytes, `${declared}`));
  }
  if (request.destroyed) return Promise.reject(clientClosed());
  return new Promise((resolve, reject) => {
    const collector = new Collector(request, limits, { resolve, reject });
    collector.start(declared);
  });
}

function tooLarge(maxBytes: number, came: string): ShoalError {
  return new ShoalError(
    'too_large',
    `The body: wanted at most ${maxBytes} bytes, came ${came}; send less at a time or raise MAX_BODY_BYTES.`,
    { fields: { limit_bytes: maxBytes } },
  );
}

function clientClosed(): ShoalError {
  return new ShoalError('client_closed', 'The caller closed the connection within the body.');
}

interface Outcome {
  resolve(body: Buffer): void;
  reject(fault: ShoalError): void;
}

class Collector {
  readonly #request: IncomingMessage;
  readonly #limits: BodyLimits;
  readonly #outcome: Outcome;
  readonly #onData = (chunk: Buffer): void => {
    this.#take(chunk);
  };
  #chunks: Buffer[] = [];
  #whole: Buffer | undefined;
  #bytes = 0;
  /** -1 for a chunked body, whose end only the stream tells. */
  #expected = -1;
  #settled = false;

  constructor(request: IncomingMessage, limits: BodyLimits, outcome: Outcome) {
    this.#request = request;
    this.#limits = limits;
    this.#outcome = outcome;
  }

  start(declared: number | 'chunked'): void {
    if (declared !== 'chunked') this.#expected = declared;
    const request = this.#request;
    request.on('data', this.#onData);
    if (this.#expected === -1) {
      request.on('end', () => {
        this.#complete();
      });
    }
    // Every request closes in the end; errors are costly to make.
    request.on('close', () => {
      if (!this.#settled) this.#fail(clientClosed());
    });
    this.#limits.watch.begin(this);
  }

  /** Called by the watch. */
  expire(timeoutMs: number): void {
    this.#fail(
      new ShoalError(
        'body_timeout',
        `The body did not arrive within ${timeoutMs} ms; ${this.#bytes} bytes of it came.`,
        { headers: { connection: 'close' } },
      ),
    );
  }

  #take(chunk: Buffer): void {
    const bytes = this.#bytes + chunk.length;
    if (bytes === this.#expected && this.#bytes === 0) {
      this.#finish(chunk);
      return;
    }
    if (bytes > this.#limits.maxBytes) {
      this.#fail(tooLarge(this.#limits.maxBytes, 'more'));
      return;
    }
    try {
      this.#limits.hold(chunk.length);
    } catch (error) {
      this.#fail(error as ShoalError);
      return;
    }
    this.#keep(chunk, bytes);
  }

  #keep(chunk: Buffer, bytes: number): void {
    if (this.#bytes === 0 && this.#expected !== -1 && this.#expected <= assembledBytes) {
      this.#whole = Buffer.allocUnsafe(this.#expected);
    }
    if (this.#whole === undefined) this.#chunks.push(chunk);
    else chunk.copy(this.#whole, this.#bytes);
    this.#bytes = bytes;
    if (bytes === this.#expected) this.#complete();
  }

  #complete(): void {
    if (!this.#settled) this.#finish(this.#whole ?? Buffer.concat(this.#chunks, this.#bytes));
  }

  #finish(body: Buffer): void {
    this.#settled = true;
    this.#limits.watch.end(this);
    this.#chunks = [];
    this.#outcome.resolve(body);
  }

  #fail(fault: ShoalError): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#limits.watch.end(this);
    this.#chunks = [];
    this.#whole = undefined;
    this.#request.off('data', this.#onData);
    this.#request.pause();
    this.#outcome.reject(fault);
  }
}
