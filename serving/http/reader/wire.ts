import type { Socket } from 'node:net';
import type { BodySink } from '../body';
import type { Connection } from '../connections';

/** How long is waited, in milliseconds: for a next request, for a head, for the rest of a body. */
export interface ReaderLimits {
  readonly keepAliveMs: number;
  readonly headersMs: number;
  readonly bodyMs: number;
}

/** What becomes of a connection after an answer. */
export type Afterwards = 'keep' | 'close' | 'linger';

/** A connection as the exchange that is under way on it sees it. */
export interface Wire {
  readonly socket: Socket;
  readonly connection: Connection;
  /** True once the caller has closed. */
  readonly lost: boolean;
  /** How many bytes of the body have not come. */
  readonly coming: number;
  /** The body, only lent, if all of it has come and nobody has begun to read it. */
  wholeBody(): Buffer | undefined;
  /** Gives the rest of the body to the sink, now and as it comes. */
  pour(sink: BodySink): void;
  /** The sink takes no more. */
  stop(): void;
  /** Whether what was sent ahead of the answer is no request: nothing can follow the answer then. */
  brokenNext(): boolean;
  /** The request has been answered, or cannot be any more. */
  answered(afterwards: Afterwards): void;
}
