import type { HostLabels } from '../placement';

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
  /** Bytes that further models may take there; absent from older hosts. */
  readonly freeBytes?: number;
  /** What has killed its runners and is to be refused everywhere; absent from older hosts. */
  readonly refused?: readonly RefusedContent[];
  /** What its operator says of it; absent from older hosts. */
  readonly labels?: HostLabels;
  /**
   * Versions that it can answer, as `placedKey` has them, of those that are not on all hosts; absent from
   * older hosts, which have everything.
   */
  readonly serving?: readonly string[];
  /**
   * Versions that were put into the repository by hand and are to be the default, as `placedKey` has
   * them, with why it cannot load them, or '' where it has; not those that it is still at. Absent from
   * older hosts, which nobody waits for.
   */
  readonly successors?: Readonly<Record<string, string>>;
  /** It will leave: what is not on all hosts is to be on others. */
  readonly leaving?: boolean;
  /** How the last of its runners that are gone came to it, the newest last; absent from older hosts. */
  readonly endings?: readonly RunnerEnding[];
  /** Base URLs of all inferrers that it tells of itself, so that they know of each other. */
  readonly inferrers?: readonly string[];
}

/** A modelhost as an inferrer tells others of it, in the answer to their heartbeats. */
export interface Member extends Pick<Heartbeat, 'labels' | 'serving' | 'successors' | 'leaving'> {
  readonly id: string;
}

/** What may become of a runner. */
export const endingKinds = ['died', 'replaced', 'left'] as const;

/** What has become of a runner. One that was replaced has `left` as well when it has finished. */
export interface RunnerEnding {
  /** That of its address. */
  readonly id: string;
  readonly kind: (typeof endingKinds)[number];
  /** In words; '' where nothing went wrong. */
  readonly reason: string;
}

/** The content of one request that kills the runners it comes to. */
export interface RefusedContent {
  readonly model: string;
  readonly version: number;
  /** See `contentHash`. */
  readonly hash: string;
  /** How it ended its last runner, in words. */
  readonly reason: string;
  /** It wanted more memory than a runner may take; not said by hosts of older builds. */
  readonly overMemory?: boolean;
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
