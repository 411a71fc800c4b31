import type { BodyAllowance } from '../http/body-allowance';
import type { BodyMemory } from '../http/body-memory';
import type { Http2Limits } from './limits';
import type { Http2Stream } from './stream';

/** Something that a caller did and that ended its connection. */
export interface Http2Refusal {
  /** The error code that was sent. */
  readonly code: number;
  readonly reason: string;
  readonly remoteAddress: string;
}

export interface Http2ServerParts {
  readonly limits?: Partial<Http2Limits> | undefined;
  /** What bodies may take, of all connections. */
  readonly allowance: BodyAllowance;
  /**
   * Answers a request. Called when its headers have come and whatever came together with them has
   * been read. If it throws or rejects, the stream is reset.
   */
  handle(stream: Http2Stream): void | Promise<void>;
  /** Called once for every stream that `handle` got, when it has ended. */
  closed?(stream: Http2Stream): void;
  /** Something here is broken: `handle` threw, or worse. */
  faulted(error: unknown): void;
  /** A connection was ended because its caller broke a rule or a limit. */
  refused?(refusal: Http2Refusal): void;
  /**
   * How many bytes a body that begins so will have, if that can be told: it is not moved while it
   * comes, and refused at once where that is too much. Asked about bodies that come in several reads
   * and declare no length.
   */
  expectedBytes?(stream: Http2Stream, start: Buffer): number | undefined;
  /** Where the memory of large bodies comes from. */
  readonly memory?: BodyMemory | undefined;
  readonly clock?: Http2Clock | undefined;
}

/** Time, as far as the server wants to know it. */
export interface Http2Clock {
  /** Milliseconds. */
  now(): number;
  /** Calls `look` every so many milliseconds until the function that it returns is called. */
  every(ms: number, look: () => void): () => void;
}
