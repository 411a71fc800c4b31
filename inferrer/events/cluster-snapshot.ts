import type { HostCatalog, ModelEntry } from '../../protocol/catalog';
import { endingKinds, type RunnerEnding } from '../../protocol/cluster/heartbeat';
import type { KnownHost } from '../hosts/host-registry';

/**
 * `silent`: it serves, but nothing is heard of it; `left_out`: it serves, but what is sent to it fails.
 * Its work goes to others.
 */
export type HostState = 'starting' | 'ready' | 'silent' | 'left_out' | 'draining';

export interface HostSnapshot {
  readonly id: string;
  /** Another one under the same id is a host that was started again. */
  readonly url: string;
  readonly state: HostState;
  readonly runners: readonly string[];
  readonly endings: readonly RunnerEnding[];
  /** The same object as long as it is the same catalog. */
  readonly catalog: HostCatalog | null;
}

/** What an inferrer acts on at one moment. */
export interface ClusterSnapshot {
  readonly hosts: readonly HostSnapshot[];
  /** The same objects as long as nothing about them changes; null until a first host has told of them. */
  readonly models: readonly ModelEntry[] | null;
  /** By name, the entries of the highest generation so far, where this was told of. */
  readonly newest?: ReadonlyMap<string, ModelEntry>;
}

/**
 * What is there now, after what was there before. What was decided on a canary stays decided: where
 * the host has died that was the first to know, the others read of it a moment later.
 */
export function following(before: ClusterSnapshot, now: ClusterSnapshot): ClusterSnapshot {
  const newest = new Map<string, ModelEntry>();
  const models = now.models?.map((entry) => {
    const { name, generation } = entry;
    const known = before.newest?.get(name) ?? entry;
    newest.set(name, known.generation > generation ? known : entry);
    return known.generation > generation && known.canary !== undefined
      ? { ...entry, canary: known.canary }
      : entry;
  });
  return models === undefined ? now : { ...now, models, newest };
}

export function snapshotOf(
  hosts: readonly KnownHost[],
  models: readonly ModelEntry[] | null,
): ClusterSnapshot {
  return { hosts: hosts.map(hostSnapshot), models };
}

/** Whether what such a host has loaded is what it serves: not while it starts or leaves. */
export function isServing({ state }: HostSnapshot): boolean {
  return state !== 'starting' && state !== 'draining';
}

function hostSnapshot(host: KnownHost): HostSnapshot {
  const { id, url, runners, endings = [], catalog } = host;
  return {
    id,
    url,
    state: stateOf(host),
    runners: runners.map((runner) => runner.id),
    // A later release may know more kinds.
    endings: endings.filter(({ kind }) => endingKinds.includes(kind)),
    catalog,
  };
}

function stateOf({ ready, draining, silent = false, leftOut = false }: KnownHost): HostState {
  if (draining) return 'draining';
  if (!ready) return 'starting';
  if (silent) return 'silent';
  return leftOut ? 'left_out' : 'ready';
}
