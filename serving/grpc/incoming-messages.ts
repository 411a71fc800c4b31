import { prefixBytes } from '../../protocol/grpc/wire/wire-writer';
import { announcedLength, malformed, type Frame } from './message-frames';
import type { Site } from './site';

const nothing: Buffer = Buffer.alloc(0);

/** The messages of a stream, put together from the parts in which they come. */
export class IncomingMessages {
  readonly #site: Site;
  readonly #prefix = Buffer.alloc(prefixBytes);
  #prefixed = 0;
  #length = -1;
  #pieces: Buffer[] = [];
  #size = 0;

  constructor(site: Site) {
    this.#site = site;
  }

  /** True while a message has come in part. */
  get begun(): boolean {
    return this.#prefixed > 0;
  }

  /**
   * The messages that end in this part; who gets one releases its bytes, as many as it has. Throws
   * malformed_body, too_large, overloaded.
   */
  *add(part: Buffer): Generator<Frame> {
    let rest = part;
    while (rest.length > 0 || this.#size === this.#length) {
      rest = this.#length < 0 ? this.#takePrefix(rest) : this.#takeBody(rest);
      if (this.#size === this.#length) yield this.#frame();
    }
  }

  /** The caller has sent everything. Throws malformed_body. */
  end(): void {
    if (this.begun) throw malformed('ends before it is whole');
  }

  /** Forgets what has come of a message. */
  drop(): void {
    this.#site.allowance.release(this.#size);
    this.#startAnew();
  }

  #startAnew(): void {
    this.#pieces = [];
    this.#size = 0;
    this.#length = -1;
    this.#prefixed = 0;
  }

  #takePrefix(rest: Buffer): Buffer {
    const taken = rest.copy(this.#prefix, this.#prefixed, 0, prefixBytes - this.#prefixed);
    this.#prefixed += taken;
    if (this.#prefixed === prefixBytes) {
      this.#length = announcedLength(this.#prefix, this.#site.maxMessageBytes);
    }
    return rest.subarray(taken);
  }

  #takeBody(rest: Buffer): Buffer {
    const piece = rest.subarray(0, this.#length - this.#size);
    this.#site.allowance.hold(piece.length);
    this.#size += piece.length;
    this.#pieces.push(piece);
    return rest.subarray(piece.length);
  }

  #frame(): Frame {
    const [only] = this.#pieces;
    const bytes = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : (only ?? nothing);
    const packed = this.#prefix[0] === 1;
    this.#startAnew();
    return { packed, bytes };
  }
}
