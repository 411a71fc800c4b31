import type { Logger } from '../../core/logging';
import type { Heartbeat } from '../../protocol/cluster/heartbeat';
import type { Residency } from '../memory/residency';
import type { Assignment } from '../placement/placed-on';
import type { Placements } from '../placement/placements';
import type { Snapshot, StoredVersion } from '../repository/snapshot';
import type { RunnerSupervisor } from '../runners/runner-supervisor';
import type { ModelLife, Successor } from './model-life';

export interface LifecycleOptions {
  readonly supervisor: RunnerSupervisor;
  /** Resolves when the version's files lie on this machine. */
  readonly fetch: (stored: StoredVersion) => Promise<void>;
  /** Rejects where they are not what was published, as they are loaded; absent: nobody looks. */
  readonly checkFiles?: (stored: StoredVersion) => Promise<void>;
  /** Removes a deleted version's files. */
  readonly removeVersion: (model: string, version: number) => Promise<void>;
  readonly logger: Logger;
  /** Each version has a runner of its own. */
  readonly ownRunners?: boolean;
  /** Decides which of what is wanted is in memory; absent: all of it. */
  readonly residency?: Residency;
  /** Decides which of what is wanted is to be on this host; absent: all of it. */
  readonly placements?: Placements;
  /**
   * Makes a version that was put there by hand the default, unless it is not to be that any more or
   * another host was faster: then false. Resolves when this host has seen the repository so.
   */
  readonly succeed?: (model: string, version: number) => Promise<boolean>;
  /** Told of each version that has become ready, and how long that took. */
  readonly onLoaded?: (model: string, version: number, ms: number) => void;
  /** Milliseconds until the n-th further try of a load whose fault may pass, or of a removal. */
  readonly retryDelayMs?: (failures: number) => number;
}

/** Versions that were put there by hand and have not become the default yet. */
export interface Successors {
  /** Undefined where none is to come, or it is not to be on this host. */
  successorOf(model: string): Successor | undefined;
  /** What this host says of them to others. */
  told(): Required<Heartbeat>['successors'];
}

/** Makes what this host serves follow what the repository wants. Nothing else loads or unloads. */
export interface Lifecycle {
  want(snapshot: Snapshot): void;
  /** What could not be loaded of a model is tried again now. */
  again(model: string): void;
  models(): ReadonlyMap<string, ModelLife>;
  /**
   * Has a version loaded for which there may be no memory now, and resolves when it is ready.
   * Rejects with the reason why it cannot be, or with deadline_exceeded (clock of
   * `performance.now()`), or with conflict once it is not wanted, or `still` is not true, any more.
   */
  demand(model: string, version: number, deadline: number, still?: () => boolean): Promise<void>;
  /** True for a version that is loaded when it is asked for, and while that is under way. */
  onDemand(model: string, version: number): boolean;
  /** Where a version is to be; undefined for one that is to be on all hosts, or is not wanted. */
  assignmentOf(model: string, version: number): Assignment | undefined;
  readonly succession: Successors;
  /** The listener is called after each change of a model, with its name; the answer stops it. */
  onChange(listener: (model: string) => void): () => void;
  /** Nothing is left to do but to wait for running requests, and for what cannot be loaded. */
  settled(): boolean;
  /**
   * Resolves when the condition holds, which is looked at after every change. Rejects with what
   * the condition throws, or with deadline_exceeded (clock of `performance.now()`).
   */
  until(condition: () => boolean, deadline: number, what: string): Promise<void>;
  /** Starts nothing any more. What is loaded stays loaded. */
  close(): void;
}
