import type { ShoalError } from '../../core/errors';
import type { VersionState } from '../../protocol/catalog';
import type { WantedModel } from './next-action';
import { noState, type ModelState } from '../repository/model-state';
import type { StoredVersion } from '../repository/snapshot';

/** One life of a version on this host, from loading to its end. */
export interface VersionLife {
  readonly key: string;
  readonly stored: StoredVersion;
  state: VersionState;
  /** It answers those who have resolved it before its model was unloaded, and nobody else. */
  leaving: boolean;
  /** How often that has begun: it ends early where the model is loaded again. */
  departures: number;
  /** Why it failed; null for all others. */
  error: ShoalError | null;
}

/** What this host does with a model. */
export interface ModelLife {
  readonly versions: Map<number, VersionLife>;
  /** The state that requests are held to; its generation is 0 before the first. */
  served: ModelState;
  flipping: boolean;
  readonly removing: Set<number>;
  /** How often a version's files could not be removed. */
  readonly removals: Map<number, number>;
  /** How often a version's load has failed for a reason that may pass. */
  readonly tries: Map<number, number>;
}

/** A version that is to be the default, and has not become it yet. */
export interface Successor {
  readonly version: number;
  /** Why this host could not load it the last time that it tried; null before it has. */
  readonly error: ShoalError | null;
  /** Why another one cannot; null where none has said that. */
  readonly refusedByOthers: ShoalError | null;
}

/** Counts one more failure of a version; how many there are since it was last loaded. */
export function countFailure({ tries }: ModelLife, version: number): number {
  const failures = (tries.get(version) ?? 0) + 1;
  tries.set(version, failures);
  return failures;
}

export function newVersionLife(stored: StoredVersion): VersionLife {
  const { key } = stored;
  return { key, stored, state: 'new', leaving: false, departures: 0, error: null };
}

export function newModelLife(): ModelLife {
  return {
    versions: new Map(),
    served: noState,
    flipping: false,
    removing: new Set(),
    removals: new Map(),
    tries: new Map(),
  };
}

/** True for a version that answers, or will. */
export function isThere(life: VersionLife | undefined): boolean {
  return life?.state === 'ready' || life?.state === 'loading';
}

/** Every wanted generation has begun, and nothing is being loaded. */
export function areSettled(
  wanted: ReadonlyMap<string, WantedModel>,
  lives: ReadonlyMap<string, ModelLife>,
): boolean {
  return [...wanted].every(([model, its]) => isSettled(its, lives.get(model)));
}

function isSettled({ generation }: WantedModel, life: ModelLife | undefined): boolean {
  if (generation > (life?.served.generation ?? 0)) return false;
  return [...(life?.versions.values() ?? [])].every(({ state }) => state !== 'loading');
}
