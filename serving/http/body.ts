import { ShoalError } from '../../core/errors';
import type { BodyWatch } from './body-watch';

/** What takes a body in while it arrives. */
export interface BodySink {
  /** The chunk is only lent: its bytes change when the call is over. */
  take(chunk: Buffer): void;
  /** All of it has come. */
  end(): void;
  /** No more of it will come. */
  lost(): void;
}

/** Where a body comes from. */
export interface BodySource {
  /** The length that the headers declare: a number of bytes, 'chunked' or 0 for no body at all. */
  readonly declared: number | 'chunked';
  /** Content-Encoding. */
  readonly encoding: string | undefined;
  /** Begins to give what comes to the sink. */
  pour(sink: BodySink): void;
  /** The sink takes no more. */
  stop(): void;
}

export interface BodyLimits {
  /** Largest body in bytes. */
  readonly maxBytes: number;
  /** Takes bytes out of the process's allowance; throws overloaded. */
  hold(bytes: number): void;
  /** Memory for a body of which the length is known. */
  room(bytes: number): Buffer;
  readonly watch: BodyWatch;
}

/** Bodies up to this size get all their memory when they begin to come, larger ones as they come. */
const announcedBytes = 4 * 1024 * 1024;

const empty: Buffer = Buffer.alloc(0);

/** The body as sent. Rejects with too_large, body_timeout, client_closed or overloaded. */
export function collectBody(source: BodySource, limits: BodyLimits): Promise<Buffer> {
  const { declared } = source;
  if (declared === 0) return Promise.resolve(empty);
  if (declared !== 'chunked' && declared > limits.maxBytes) {
    return Promise.reject(tooLarge(limits.maxBytes, `${declared}`));
  }
  return new Promise((resolve, reject) => {
    const collector = new Collector(source, limits, { resolve, reject });
    limits.watch.begin(collector);
    source.pour(collector);
  });
}

function tooLarge(maxBytes: number, came: string): ShoalError {
  return new ShoalError(
    'too_large',
    `The body: wanted at most ${maxBytes} bytes, came ${came}; send less at a time or raise MAX_BODY_BYTES.`,
    { fields: { limit_bytes: maxBytes } },
  );
}

interface Outcome {
  resolve(body: Buffer): void;
  reject(fault: ShoalError): void;
}

class Collector implements BodySink {
  readonly #source: BodySource;
  readonly #limits: BodyLimits;
  readonly #outcome: Outcome;
  /** Infinity for a chunked body, whose end only the source tells. */
  readonly #expected: number;
  #room = empty;
  #bytes = 0;
  #settled = false;

  constructor(source: BodySource, limits: BodyLimits, outcome: Outcome) {
    this.#source = source;
    this.#limits = limits;
    this.#outcome = outcome;
    this.#expected = source.declared === 'chunked' ? Infinity : source.declared;
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

  take(chunk: Buffer): void {
    if (this.#settled) return;
    const bytes = this.#bytes + chunk.length;
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
    this.#makeRoom(bytes);
    chunk.copy(this.#room, this.#bytes);
    this.#bytes = bytes;
    if (bytes === this.#expected) this.end();
  }

  end(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#limits.watch.end(this);
    const body = this.#room;
    this.#room = empty;
    this.#outcome.resolve(body.length === this.#bytes ? body : body.subarray(0, this.#bytes));
  }

  lost(): void {
    // Every answer ends the wait for a body that may be there; an error costs more than all of that.
    if (this.#settled) return;
    this.#fail(
      new ShoalError('client_closed', 'The caller closed the connection within the body.'),
    );
  }

  /** Memory that a caller has only announced is not taken beyond `announcedBytes`. */
  #makeRoom(bytes: number): void {
    const room = this.#room;
    if (bytes <= room.length) return;
    if (this.#expected <= announcedBytes) {
      this.#room = this.#limits.room(this.#expected);
      return;
    }
    const wanted = Math.max(bytes, 2 * room.length, announcedBytes);
    this.#room = Buffer.allocUnsafeSlow(Math.min(wanted, this.#expected));
    room.copy(this.#room, 0, 0, this.#bytes);
  }

  #fail(fault: ShoalError): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#limits.watch.end(this);
    this.#room = empty;
    this.#source.stop();
    this.#outcome.reject(fault);
  }
}
