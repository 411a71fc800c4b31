import type { HostCatalog } from '../../protocol/catalog';
import type { Member, RunnerAddress, RunnerEnding } from '../../protocol/cluster/heartbeat';

/** A modelhost as the inferrer knows it by heartbeat (or from the static list). */
export interface KnownHost {
  readonly id: string;
  readonly url: string;
  /** Serves, and is not leaving. */
  readonly ready: boolean;
  readonly draining: boolean;
  /** Nothing has been heard of it for a while: its work goes to others. */
  readonly silent?: boolean;
  /** All ways to it have failed of late: its work goes to others, until one of them answers again. */
  readonly leftOut?: boolean;
  /** Where its runners take frames; empty where it only speaks HTTP. */
  readonly runners: readonly RunnerAddress[];
  /** What has become of the last runners that are gone; absent from older hosts. */
  readonly endings?: readonly RunnerEnding[];
  /** Bytes that further models may take there; absent from older hosts. */
  readonly freeBytes?: number;
  /** What it tells of itself for others to know; see `Heartbeat`. */
  readonly member: Member;
  /** What it serves; null until its catalog has been read for the first time. */
  readonly catalog: HostCatalog | null;
}

/** The hosts of the cluster, for whoever has to wait for all of them. */
export interface HostRegistry {
  hosts(): readonly KnownHost[];
  /**
   * Resolves true when the predicate holds (checked at every change), false at `deadline`
   * (performance.now, or Infinity) or when `signal` aborts.
   */
  until(
    predicate: (hosts: readonly KnownHost[]) => boolean,
    deadline: number,
    signal?: AbortSignal,
  ): Promise<boolean>;
}
