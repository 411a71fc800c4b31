import type { Canary } from '../../protocol/canary/canary';
import { versionsIn, type Traffic } from '../../protocol/versions/traffic';
import { ended } from './canary-decisions';

/** A file in the repository's root that a version was made of. */
export interface Adopted {
  readonly file: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly etag?: string | undefined;
  readonly version: number;
  /**
   * The default version where that is of what the file was before, and `version` is to take over from
   * it; absent where there is none such.
   */
  readonly before?: number | undefined;
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
  /**
   * It was unloaded, and is loaded again because of the upload of this version alone, or, where it is
   * the default one, because of load calls that are under way: where that is taken back, it is unloaded
   * again. 0 once it has been loaded on all hosts, or an upload was put to use.
   */
  readonly servedFor: number;
  /**
   * Versions that are loaded whatever the policy says, because they are to get a name: once for each
   * that they are to get.
   */
  readonly held: readonly number[];
  /**
   * A version that was put there by hand and becomes the default as soon as a host has it loaded; it
   * is loaded whatever the policy says. 0 where there is none.
   */
  readonly successor: number;
  /** Who answers requests without a version; null: the default alone. A new default ends it. */
  readonly traffic: Traffic | null;
  /** The version that takes over step by step, or the last one that did; null: none ever. */
  readonly canary: Canary | null;
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
  servedFor: 0,
  held: [],
  successor: 0,
  traffic: null,
  canary: null,
  adopted: null,
};

/** The next number is the one that is wished for where all so far are lower. */
export function withNextVersion(state: ModelState, taken: readonly number[], wish = 0): ModelState {
  const next = Math.max(state.lastVersion, ...taken) + 1;
  return { ...state, deleted: false, lastVersion: Math.max(next, wish) };
}

/**
 * A version that somebody put into the directory by hand: the newest one is to be the default. `at`,
 * here and below, is the wall clock, ISO 8601.
 */
export function withFoundVersion(state: ModelState, version: number, at: string): ModelState {
  const lastVersion = Math.max(state.lastVersion, version);
  const found = { ...state, deleted: false, lastVersion };
  return version > state.default ? withSuccessor(found, version, at) : found;
}

/** Where there is no default yet nobody is answered, and there is nothing to wait for. */
export function withSuccessor(state: ModelState, version: number, at: string): ModelState {
  if (state.default === 0) return withDefault(state, version, at);
  return { ...state, deleted: false, successor: version === state.default ? 0 : version };
}

/** A host has it loaded; undefined where it is not to take over any more. */
export function withSuccession(
  state: ModelState,
  version: number,
  at: string,
): ModelState | undefined {
  if (state.successor !== version) return undefined;
  const succeeded = withDefault(state, version, at);
  return isBeingLoaded(state) ? { ...succeeded, servedFor: version } : succeeded;
}

/** True where the default version is what `adopted` or an earlier content of its file was made into. */
export function isDefaultOfFile({ adopted, default: standard, successor }: ModelState): boolean {
  if (adopted === null) return false;
  const { version, before } = adopted;
  return version === standard || (version === successor && before === standard);
}

/** Nothing but a new default answers from then on. */
function over(
  { canary }: ModelState,
  version: number,
  at: string,
): Pick<ModelState, 'traffic' | 'canary'> {
  if (canary?.state !== 'stepping') return { traffic: null, canary };
  const reason = `a new default, version ${version}`;
  return { traffic: null, canary: ended(canary, { at, reason }) };
}

export function withDefault(state: ModelState, version: number, at: string): ModelState {
  const named = { ...withoutHeld(state, version), default: version, successor: 0, servedFor: 0 };
  return { ...named, deleted: false, ...over(state, version, at) };
}

export function withLabel(state: ModelState, label: string, version: number): ModelState {
  return { ...withoutHeld(state, version), labels: { ...state.labels, [label]: version } };
}

export function withTraffic(state: ModelState, traffic: Traffic): ModelState {
  const held = state.held.filter((version) => !versionsIn(traffic).includes(version));
  return { ...state, held, traffic };
}

/** Versions that requests reach by a name of theirs or of the model. */
export function namedVersions({ default: standard, labels, traffic }: ModelState): number[] {
  const tried = traffic === null ? [] : versionsIn(traffic);
  return [...new Set([standard, ...Object.values(labels), ...tried])];
}

export function withoutLabel(state: ModelState, label: string): ModelState {
  const labels = Object.entries(state.labels).filter(([name]) => name !== label);
  return { ...state, labels: Object.fromEntries(labels) };
}

/**
 * Whoever dies between holding and naming leaves one behind: the oldest make room. Sixteen variants
 * are held at a time, by an inferrer and by the host that it asks.
 */
const mostHeld = 64;

export function withHeld(state: ModelState, version: number): ModelState {
  return { ...state, held: [...state.held, version].slice(-mostHeld) };
}

/** One of those who hold it lets it go; undefined where nobody does. */
export function withRelease(state: ModelState, version: number): ModelState | undefined {
  const at = state.held.indexOf(version);
  if (at < 0) return undefined;
  return { ...state, held: state.held.filter((_, other) => other !== at) };
}

/** It has a name, whoever was to give it one. */
export function withoutHeld(state: ModelState, version: number): ModelState {
  return { ...state, held: state.held.filter((held) => held !== version) };
}

export function withoutVersions(state: ModelState, versions: readonly number[]): ModelState {
  const tombstones = [...new Set([...state.tombstones, ...versions])].sort((a, b) => a - b);
  const gone = new Set(tombstones);
  const labels = Object.entries(state.labels).filter(([, version]) => !gone.has(version));
  const held = state.held.filter((version) => !gone.has(version));
  const successor = gone.has(state.successor) ? 0 : state.successor;
  return { ...state, tombstones, labels: Object.fromEntries(labels), held, successor };
}

/** All versions go; the description goes with them, so that a later model starts afresh. */
export function withoutModel(state: ModelState, versions: readonly number[]): ModelState {
  const emptied = withoutVersions(state, versions);
  return {
    ...emptied,
    default: 0,
    labels: {},
    held: [],
    successor: 0,
    traffic: null,
    canary: null,
    description: '',
    deleted: true,
    unloaded: false,
    servedFor: 0,
  };
}

/** It was unloaded, and nobody has brought it back but uploads and loads that are under way. */
export function isAway({ unloaded, servedFor }: ModelState): boolean {
  return unloaded || servedFor !== 0;
}

/**
 * Undefined where nothing is to be changed: it is not there, or nobody loads it already; of a
 * `version` that is taken back, where it is loaded for more than that.
 */
export function withoutServing(state: ModelState, version = 0): ModelState | undefined {
  if (state.deleted || state.unloaded) return undefined;
  if (version !== 0 && state.servedFor !== version) return undefined;
  return { ...state, unloaded: true, servedFor: 0 };
}

/**
 * For the upload of a `version` alone, for loads that are under way: the default one, or whatever
 * becomes of those: 0.
 */
export function withServing(state: ModelState, version = 0): ModelState | undefined {
  if (!isAway(state)) return undefined;
  if (!state.unloaded && state.servedFor === version) return undefined;
  return { ...state, unloaded: false, servedFor: version };
}

/** Nothing but load calls that are under way has brought it back. */
function isBeingLoaded({ servedFor, default: standard }: ModelState): boolean {
  return servedFor !== 0 && servedFor === standard;
}

/** A load has failed; undefined where the model is loaded for more than loads that are under way. */
export function withoutLoad(state: ModelState): ModelState | undefined {
  return isBeingLoaded(state) ? withoutServing(state) : undefined;
}

/** All hosts serve it; undefined also where it has been unloaded meanwhile. */
export function withLoaded(state: ModelState): ModelState | undefined {
  return state.unloaded ? undefined : withServing(state);
}
