import type { ConnectionPorts } from '../../protocol/infer';

/** One header: the name in lower case, the value as it came, each byte a character. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/**
 * What a request begins with. A head is shared by all requests of a connection whose header block
 * was the same: it never changes, and what was derived from it can be kept in it.
 */
export interface Head {
  readonly method: string;
  readonly scheme: string;
  /** `:authority`, or else `host`; empty if neither came. */
  readonly authority: string;
  /** With the query. */
  readonly path: string;
  /** In the order in which they came, without pseudo headers. */
  readonly headers: readonly Field[];
  /** The value of a header, by its name in lower case; those that came several times joined by commas. */
  header(name: string): string | undefined;
  /** Its headers are over the limits; what is here of them is not all, and may be nothing. */
  readonly tooLarge: boolean;
  /** For the handler: what it has read out of this head once. */
  derived: unknown;
}

/** How a stream ended. */
export type Ending =
  /** The answer was given whole, as far as this server is concerned. */
  | 'answered'
  /** The caller has reset it. */
  | 'cancelled'
  /** This server has reset it: the handler by `reset`, or because the caller broke a rule or a limit. */
  | 'reset'
  /** The connection broke. */
  | 'lost';

/**
 * One request and its answer.
 *
 * Nothing here throws because the caller has gone: what is written then goes nowhere. Header blocks
 * are made with `encodeFields`, once for all connections. Buffers that are written belong to the
 * server until the stream has closed; header blocks must never change.
 */
export interface Http2Stream {
  readonly head: Head;
  /** Of the caller, empty if not known. */
  readonly remoteAddress: string;
  /** Of the connection, the same object for all of its streams; undefined if not known. */
  readonly ports: ConnectionPorts | undefined;
  /** For the handler: whatever belongs to this request. */
  context: unknown;
  /** True once nobody waits for the answer: the caller has reset the stream or left, or we have reset it. */
  readonly gone: boolean;
  /** Undefined until the stream has ended. */
  readonly ending: Ending | undefined;

  // The body is read in one of the following ways, decided once.

  /**
   * The body if all of it has come already, as small ones have when the handler is called; costs no
   * promise. Undefined otherwise: then nothing has happened. The bytes stay as they are until
   * `bodyDone`, or for ever.
   */
  bytes(): Buffer | undefined;
  /**
   * The whole body. Rejects with a ShoalError: too_large, body_timeout, overloaded (all bodies
   * together are over the limit) or client_closed. The bytes stay as they are until `bodyDone`, or
   * for ever.
   */
  whole(maxBytes: number): Promise<Buffer>;
  /**
   * The body as it comes. Who is slow to take it lets the caller wait. Ends when the caller has sent
   * all of it; throws client_closed if that never happens.
   */
  bodyParts(): AsyncIterable<Buffer>;
  /** Nobody refers to the body any more: its memory may be used again. */
  bodyDone(): void;

  // The answer: `reply`, or `respond`, any number of `write`, and `end`.

  /** The answer in one go; goes out together with others of the same tick. */
  reply(headers: Buffer, body: Buffer | readonly Buffer[], trailers?: Buffer): void;
  respond(headers: Buffer, endStream?: boolean): void;
  write(bytes: Buffer): void;
  /** Bytes that have been written and wait for the caller. */
  readonly unsentBytes: number;
  /** Resolves once little of what was written waits for the caller, or the stream has ended. */
  drained(): Promise<void>;
  end(trailers?: Buffer): void;
  /** Ends the stream at once, with a code of RFC 9113, 7, such as `errorCodes.cancel`. */
  reset(code: number): void;
}
