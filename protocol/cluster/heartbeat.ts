/**
 * What a modelhost tells every inferrer each second: `POST /cluster/heartbeat` on a connection
 * that stays open. The inferrer forgets the host 5 s after the last one, or at once when that
 * connection breaks.
 */
export interface Heartbeat {
  readonly host: string;
  /** Where the host's HTTP server can be reached, e.g. `http://10.0.0.3:8000`. */
  readonly url: string;
  /** Everything wanted at its start is ready or failed, and it is not leaving. */
  readonly ready: boolean;
  /** It has been told to leave: nothing new for it, what it has it finishes. */
  readonly draining: boolean;
  /** Where its runners take frames; empty for servers that only speak HTTP. */
  readonly runners: readonly RunnerAddress[];
  /** The catalog's revision, so that an inferrer can see at once that it has an old one. */
  readonly revision: string;
  /** What has killed its runners and is to be refused everywhere; absent from older hosts. */
  readonly refused?: readonly RefusedContent[];
  /** Base URLs of all inferrers that it tells of itself, so that they know of each other. */
  readonly inferrers?: readonly string[];
}

/** The content of one request that kills the runners it comes to. */
export interface RefusedContent {
  readonly model: string;
  readonly version: number;
  /** See `contentHash`. */
  readonly hash: string;
  /** How it ended its last runner, in words. */
  readonly reason: string;
  /** Milliseconds until it may be tried again: never a clock. */
  readonly leftMs: number;
}

export interface RunnerAddress {
  /** Unique among all runners of all hosts and times. */
  readonly id: string;
  /** `unix:<path>` or `tcp:<host>:<port>`. */
  readonly address: string;
  /**
   * Milliseconds since it has last said to its host that it lives, which it does each second unless
   * it is inside a run; not said by hosts of older builds.
   */
  readonly quietMs?: number;
}
