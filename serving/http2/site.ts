import type { BodyAllowance } from '../http/body-allowance';
import type { BodyMemory } from '../http/body-memory';
import type { Http2Limits } from './limits';
import type { Http2Refusal } from './server-parts';
import type { Http2Stream } from './stream';

/** What all connections of one server share. */
export interface Site {
  readonly limits: Http2Limits;
  readonly memory: BodyMemory;
  readonly allowance: BodyAllowance;
  /** The frames that each connection begins with. */
  readonly greeting: Buffer;
  /** Milliseconds, as of the last look of the timer. */
  readonly now: number;
  handle(stream: Http2Stream): void | Promise<void>;
  closed(stream: Http2Stream): void;
  faulted(error: unknown): void;
  refused(refusal: Http2Refusal): void;
  expectedBytes(stream: Http2Stream, start: Buffer): number | undefined;
  /** Has `flush` called once everything that is ready to run has run. */
  flushSoon(connection: { flush(): void }): void;
}
