import type { ShoalError } from '../../core/errors';
import type { Servable } from '../catalog';
import type { Datatype } from '../datatype';
import type { Tensor } from '../tensor';
import { partBytes } from './frame';
import type { SharedBytes } from './shared-file';

/** One caller inside a batch, so that counting, deadlines and retries know each of them. */
export interface Segment {
  readonly requestId: string;
  readonly rows: number;
  /** Milliseconds left until the caller stops waiting, at the time of sending: never a clock. */
  readonly timeLeftMs: number;
  readonly priority: number;
  readonly trace: string;
}

/** One input of a batch: the callers' bytes in order, not joined. */
export interface BatchInput {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly chunks: readonly Uint8Array[];
  /** Set where it is a single caller's and still lies there: asking for `chunks` reads it, see Tensor. */
  readonly shared?: SharedBytes;
}

/** Bytes of an input, without reading them. */
export function inputBytes(input: BatchInput): number {
  return input.shared === undefined ? partBytes(input.chunks) : input.shared.bytes;
}

/** What leaves for a host together. `rows` is the sum of the segments' rows. */
export interface Batch {
  readonly servable: Servable;
  readonly rows: number;
  readonly segments: readonly Segment[];
  readonly inputs: readonly BatchInput[];
  /** Names of the outputs that somebody wants; empty means all that can be carried. */
  readonly outputs: readonly string[];
  /** How often it has been lost with a runner or host; only of a single request. */
  readonly losses?: number;
  /** All of it are copies for a shadow: see `InferContext`. */
  readonly copies?: boolean;
  /** Whether all of its callers have gone; asked now and then, and does not travel. */
  readonly unwanted?: () => boolean;
}

export interface BatchReply {
  readonly host: string;
  /** Whole outputs of the batch, all rows. */
  readonly outputs: readonly Tensor[];
  /** Microseconds in the runner: waiting for its turn, and running. */
  readonly queueUs: number;
  readonly runUs: number;
  /** Milliseconds that it has waited for the model to be loaded before it was sent; absent: none. */
  readonly loadMs?: number;
}

/** Why a host would not take a batch; sending it elsewhere, or later, is always safe. */
export type Refusal =
  'stale_generation' | 'not_loaded' | 'draining' | 'overloaded' | 'unauthorized';

/**
 * What became of one try to have a batch computed.
 * unreached: it was never sent. refused: the host did not start on it. lost: the connection broke
 * after it was sent; it may have run. failed: the host answered an error that another host would
 * answer too, or (`late`) the deadline passed, or all callers left, before it answered anything.
 * broken: the answer makes no sense.
 */
export type Attempt =
  | { readonly outcome: 'replied'; readonly reply: BatchReply }
  | {
      readonly outcome: 'failed';
      readonly host: string;
      readonly error: ShoalError;
      readonly late?: true;
    }
  | { readonly outcome: 'refused'; readonly reason: Refusal }
  | { readonly outcome: 'unreached'; readonly cause: string }
  | { readonly outcome: 'lost'; readonly cause: string }
  | { readonly outcome: 'broken'; readonly cause: string };

/** The way to one place that runs batches. */
export interface HostLink {
  /** Resolves with what became of the batch; never rejects. Gives up at `deadline` (performance.now). */
  send(batch: Batch, deadline: number): Promise<Attempt>;
  /** All that waits for its answer is lost, and nothing of those batches' memory is read any more. */
  giveUp(cause: string): void;
  close(): void;
}
