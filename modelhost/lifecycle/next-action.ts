import type { VersionState } from '../../protocol/catalog';

/** What the repository wants of one model. */
export interface WantedModel {
  readonly generation: number;
  /** Key of every version that shall be loaded, by number. */
  readonly versions: ReadonlyMap<number, string>;
  /** Those without which the generation must not begin: the default and labelled ones. */
  readonly urgent: readonly number[];
  /** Deleted versions whose files are still there. */
  readonly leftovers: readonly number[];
  /** Nothing shall be loaded although it is there; what is under way is still answered. */
  readonly unloaded: boolean;
  /** Those of `versions` for which there is no memory now; absent: none. */
  readonly away?: ReadonlySet<number>;
}

/** What there is of one model. */
export interface ActualModel {
  /** The generation that requests are held to; 0 before the first. */
  readonly generation: number;
  /** A change of generation is under way. */
  readonly flipping: boolean;
  readonly versions: ReadonlyMap<number, ActualVersion>;
  /** Versions whose files are being removed, or could not be a while ago. */
  readonly removing: ReadonlySet<number>;
}

export interface ActualVersion {
  readonly key: string;
  readonly state: VersionState;
  /** Ready still, for those who have resolved it before; it is on its way out. */
  readonly leaving?: boolean;
}

export type Action =
  | { readonly kind: 'load'; readonly version: number }
  | { readonly kind: 'set-generation'; readonly generation: number }
  | { readonly kind: 'unload'; readonly version: number }
  /** Drops a life that has ended, so that the next one can begin. */
  | { readonly kind: 'forget'; readonly version: number }
  | { readonly kind: 'remove-files'; readonly version: number }
  /** Nothing is wanted and nothing is there any more. */
  | { readonly kind: 'forget-model' };

/**
 * The one thing to do next for a model, or undefined while there is nothing to do but wait.
 * Pure: it is asked again after every change. The order keeps a model available: what a generation
 * needs is loaded first, then the generation begins, and only then goes what it does not need.
 */
export function nextAction(
  wanted: WantedModel | undefined,
  actual: ActualModel | undefined,
): Action | undefined {
  if (wanted === undefined) return actual === undefined ? undefined : leave(actual);
  const there = actual ?? nothing;
  if (wanted.unloaded) return retire(wanted, there);
  return (
    forgetEnded(wanted, there) ??
    load(wanted.urgent, wanted, there) ??
    begin(wanted, there) ??
    (there.generation >= wanted.generation ? clear(wanted, there) : undefined) ??
    load([...wanted.versions.keys()], wanted, there)
  );
}

const nothing: ActualModel = {
  generation: 0,
  flipping: false,
  versions: new Map(),
  removing: new Set(),
};

/** The model is no longer in the repository. */
function leave(actual: ActualModel): Action | undefined {
  if (actual.versions.size === 0) return actual.flipping ? undefined : { kind: 'forget-model' };
  for (const [version, { state }] of actual.versions) {
    if (state === 'ready') return { kind: 'unload', version };
    if (ended(state)) return { kind: 'forget', version };
  }
  return undefined;
}

/**
 * The model is there and shall not be served. First everything is unloaded, then the generation
 * begins: what was resolved with the one before is answered until then.
 */
function retire(wanted: WantedModel, actual: ActualModel): Action | undefined {
  const forgotten = forgetEnded(wanted, actual);
  if (forgotten !== undefined) return forgotten;
  for (const [version, { state, leaving = false }] of actual.versions) {
    if (state === 'ready' && !leaving) return { kind: 'unload', version };
  }
  if (actual.versions.size > 0) return undefined;
  return begin(wanted, actual) ?? (actual.flipping ? undefined : removeFiles(wanted, actual));
}

function ended(state: VersionState): boolean {
  return state === 'unloaded' || state === 'failed';
}

/** A failed life stays as long as it is wanted, so that it is not tried again without end. */
function forgetEnded(wanted: WantedModel, actual: ActualModel): Action | undefined {
  for (const [version, { key, state }] of actual.versions) {
    const asWanted = wanted.versions.get(version) === key;
    if (state === 'unloaded' || (state === 'failed' && !asWanted))
      return { kind: 'forget', version };
  }
  return undefined;
}

function load(
  versions: readonly number[],
  wanted: WantedModel,
  actual: ActualModel,
): Action | undefined {
  const version = versions.find(
    (number) => isToBeThere(wanted, number) && !actual.versions.has(number),
  );
  return version === undefined ? undefined : { kind: 'load', version };
}

function isToBeThere({ versions, away }: WantedModel, version: number): boolean {
  return versions.has(version) && away?.has(version) !== true;
}

function begin(wanted: WantedModel, actual: ActualModel): Action | undefined {
  if (wanted.generation <= actual.generation || actual.flipping) return undefined;
  const prepared = wanted.urgent.every((version) => {
    const key = wanted.versions.get(version);
    if (key === undefined || !isToBeThere(wanted, version)) return true;
    const there = actual.versions.get(version);
    return there?.key === key && (there.state === 'ready' || there.state === 'failed');
  });
  return prepared ? { kind: 'set-generation', generation: wanted.generation } : undefined;
}

/** What the generation that has begun does not need. */
function clear(wanted: WantedModel, actual: ActualModel): Action | undefined {
  for (const [version, { key, state, leaving = false }] of actual.versions) {
    const stays = isToBeThere(wanted, version) && wanted.versions.get(version) === key;
    if (state === 'ready' && !leaving && !stays) {
      return { kind: 'unload', version };
    }
  }
  return removeFiles(wanted, actual);
}

function removeFiles(wanted: WantedModel, actual: ActualModel): Action | undefined {
  const leftover = wanted.leftovers.find(
    (version) => !actual.versions.has(version) && !actual.removing.has(version),
  );
  return leftover === undefined ? undefined : { kind: 'remove-files', version: leftover };
}
