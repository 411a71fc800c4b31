import type { RunnerAddress } from '../../protocol/cluster/heartbeat';
import type { ShoalError } from '../../core/errors';
import type { WarmUp } from '../model-config/warm-up';
import type { Signature } from '../../protocol/signature';

/** What a version gets as a shadow: copies alone, or also requests that somebody waits for. */
export type Copies = 'only' | 'also';

/** What the versions of a model are for, as far as it decides which runners they belong in. */
export interface Roles {
  readonly shadow: { readonly version: number; readonly copies: Copies } | undefined;
  /** Versions that requests reach by a name of theirs or of the model. */
  readonly named: readonly number[];
}

/** One version that shall be served. */
export interface LoadOrder {
  readonly model: string;
  readonly version: number;
  /** The model's generation at the time of the order. */
  readonly generation: number;
  /** Absolute path of the model file in its version's directory. */
  readonly path: string;
  readonly signature: Signature;
  /** In a runner that holds nothing else: for slow models and those that ask for it. */
  readonly ownRunner: boolean;
  /** Present of a shadow, which stands in front of nobody else: in a runner apart. */
  readonly copies?: Copies | undefined;
  /** Longest time of one run; absent: the host's. Only with a runner of its own. */
  readonly maxRunMs?: number;
  /** What is run before it counts as ready; absent: nothing. */
  readonly warmUps?: readonly WarmUp[];
  /** Rows to which its runs are filled up; absent: none need be. */
  readonly padTo?: number;
  /** Rejects where its files are not what was published; absent: nobody looks. */
  readonly checkFiles?: () => Promise<void>;
}

/** A version that a runner answers for. */
export interface LoadedServable {
  readonly model: string;
  readonly version: number;
  readonly runner: RunnerAddress;
  readonly loadMs: number;
  /** By how much the runner's resident memory grew with the load; never negative. */
  readonly residentBytes: number;
  /** By how much it had grown at most meanwhile; absent where the system does not tell. */
  readonly peakBytes?: number;
}

/** Where a loaded version is served now; `down` while its runner is being replaced. */
export interface RunnerLocation {
  readonly runner: RunnerAddress;
  readonly state: 'ready' | 'down';
}

/** What happened without having been asked for. */
export type RunnerChange =
  /** A runner died or was killed; its versions are `down` until they are `loaded` or `failed`. */
  | { readonly kind: 'died'; readonly runner: RunnerAddress; readonly reason: string }
  /** A runner had grown beyond its budget; another has taken over, what it had it finishes. */
  | { readonly kind: 'replaced'; readonly runner: RunnerAddress }
  /** One that was replaced has ended. */
  | { readonly kind: 'left'; readonly runner: RunnerAddress }
  /** A version is served again, by the named runner. */
  | {
      readonly kind: 'loaded';
      readonly model: string;
      readonly version: number;
      readonly runner: RunnerAddress;
    }
  /** A version will not come back by itself: quarantined, or refused by the runtime at reload. */
  | {
      readonly kind: 'failed';
      readonly model: string;
      readonly version: number;
      readonly error: ShoalError;
    };

/** Memory of a runner. */
export interface RunnerMemory {
  readonly runner: string;
  /** Runners with the same one take over from each other: in the end one of them is there. */
  readonly keeper: string;
  /** 0 where the system does not tell. */
  readonly bytes: number;
  /** It is loading a version, which may take more than what stays of it. */
  readonly loading?: boolean;
}

/** How a loaded version is used. */
export interface VersionUsage {
  /** Requests that it has and has not answered. */
  readonly jobs: number;
  /** It has answered since it was loaded. */
  readonly answered: boolean;
  /** Since it was last asked; 0 while a request is there. */
  readonly idleMs: number;
}

/** Keeps the host's runners alive and the wanted versions loaded in them. */
export interface RunnerSupervisor {
  /**
   * Loads a version in a runner and resolves when it can answer. The same version twice is the
   * same servable. Rejects with model_rejected or quarantined and the reason, or shutting_down.
   */
  load(order: LoadOrder): Promise<LoadedServable>;
  /**
   * Resolves when nobody has asked for it for a moment: what inferrers have resolved and queued is
   * there then. After a minute at the latest, as some never stop.
   */
  quiet(model: string, version: number): Promise<void>;
  /** Stops taking requests for it, waits for what runs, frees it. Quarantine outlasts it. */
  unload(model: string, version: number): Promise<void>;
  /**
   * Has each loaded version of a model moved into the runner that it belongs in by its role; it is
   * served where it was until then, and stays there where that fails. Resolves when those are where
   * they belong for which it matters before the role begins; others come later.
   */
  arrange(model: string, roles: Roles): Promise<void>;
  /** From when this resolves no runner here answers a request resolved with a lower generation. */
  setGeneration(model: string, generation: number): Promise<void>;
  /** Where a version is served, or undefined if it is not loaded (never, no longer, failed). */
  location(model: string, version: number): RunnerLocation | undefined;
  /** Runners that take frames now. */
  runners(): readonly RunnerAddress[];
  /** Memory that each running runner holds, in bytes. */
  resident(): readonly RunnerMemory[];
  /** How versions are used, by `<model>:<version>`, as far as runners say within so many milliseconds. */
  usage(withinMs: number): Promise<ReadonlyMap<string, VersionUsage>>;
  /** Tells of what happens by itself; the answer stops it. */
  onChange(listener: (change: RunnerChange) => void): () => void;
  /** Ends all runners; what they are running is finished first, for a few seconds at most. */
  close(): Promise<void>;
}
