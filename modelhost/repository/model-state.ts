/** A file in the repository's root that a version was made of. */
export interface Adopted {
  readonly file: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly version: number;
}

/**
 * What the server knows of a model beyond its versions' directories: the content of
 * `state.<generation>.json`. The highest generation counts; each is written once.
 */
export interface ModelState {
  readonly format: 1;
  readonly generation: number;
  /** Unlike that of any other state; tells whether a later state was built on this one. */
  readonly id: string;
  /** The id of the state that this one was built on; '' for the first. */
  readonly previous: string;
  /** 0 where there is no default. */
  readonly default: number;
  /** The highest number ever given to a version; the next one gets a higher one. */
  readonly lastVersion: number;
  readonly labels: Readonly<Record<string, number>>;
  readonly description: string;
  /** Versions that were deleted, in rising order. Their numbers are never used again. */
  readonly tombstones: readonly number[];
  /** The whole model was deleted. Its next version brings it back. */
  readonly deleted: boolean;
  /** It was unloaded: it stays as it is and no host loads it until it is loaded again. */
  readonly unloaded: boolean;
  readonly adopted: Adopted | null;
}

/** A model of which the server has written nothing yet. */
export const noState: ModelState = {
  format: 1,
  generation: 0,
  id: '',
  previous: '',
  default: 0,
  lastVersion: 0,
  labels: {},
  description: '',
  tombstones: [],
  deleted: false,
  unloaded: false,
  adopted: null,
};

/** The next number is the one that is wished for where all so far are lower. */
export function withNextVersion(state: ModelState, taken: readonly number[], wish = 0): ModelState {
  const next = Math.max(state.lastVersion, ...taken) + 1;
  return { ...state, deleted: false, lastVersion: Math.max(next, wish) };
}

/** A version that somebody put into the directory by hand: the newest one becomes the default. */
export function withFoundVersion(state: ModelState, version: number): ModelState {
  const lastVersion = Math.max(state.lastVersion, version);
  return { ...state, deleted: false, lastVersion, default: Math.max(state.default, version) };
}

export function withDefault(state: ModelState, version: number): ModelState {
  return { ...state, deleted: false, default: version };
}

export function withoutVersions(state: ModelState, versions: readonly number[]): ModelState {
  const tombstones = [...new Set([...state.tombstones, ...versions])].sort((a, b) => a - b);
  const gone = new Set(tombstones);
  const labels = Object.entries(state.labels).filter(([, version]) => !gone.has(version));
  return { ...state, tombstones, labels: Object.fromEntries(labels) };
}

/** All versions go; the description goes with them, so that a later model starts afresh. */
export function withoutModel(state: ModelState, versions: readonly number[]): ModelState {
  const emptied = withoutVersions(state, versions);
  return {
    ...emptied,
    default: 0,
    labels: {},
    description: '',
    deleted: true,
    unloaded: false,
  };
}

/** Undefined where nothing is to be changed: it is not there, or nobody loads it already. */
export function withoutServing(state: ModelState): ModelState | undefined {
  return state.deleted || state.unloaded ? undefined : { ...state, unloaded: true };
}

export function withServing(state: ModelState): ModelState | undefined {
  return state.unloaded ? { ...state, unloaded: false } : undefined;
}
