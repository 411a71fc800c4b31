import type { Canary } from './canary/canary';
import type { StatedConfig } from './control/stated-config';
import type { Datatype } from './datatype';
import type { MadeUpBy } from './made-up-input';
import type { ModelRates } from './rate';
import type { Signature } from './signature';
import type { Traffic } from './versions/traffic';

/** A version's life; it only goes forward. Loading again makes a new servable. */
export type VersionState = 'new' | 'loading' | 'ready' | 'draining' | 'unloaded' | 'failed';

/** How requests for a version may be put together. */
export interface Batching {
  /** Rows of different callers may share a run. */
  readonly allowed: boolean;
  /** Most rows of one run. A single request above it is refused if `configured`, else split. */
  readonly maxRows: number;
  /**
   * Rows up to which requests of different callers are put together: 1 where that gains nothing.
   * Hosts of an earlier release do not say it: then up to `maxRows`.
   */
  readonly gatherRows?: number;
  /**
   * What a run costs beside its rows, in rows: n of them take as long as n + overheadRows times what
   * each adds. Absent where it was not measured, and of hosts of an earlier release.
   */
  readonly overheadRows?: number;
  /** Rows to which every run is filled up, being that many in the model's file; else absent. */
  readonly padTo?: number;
  /** True where the operator set `max_batch_size`. */
  readonly configured: boolean;
  /** How long a request may wait for company, in microseconds; 0 sends as soon as a host is free. */
  readonly maxDelayUs: number;
}

/** How a picture becomes the model's first input. */
export interface ImageInput {
  readonly layout: 'HWC' | 'CHW';
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** value = (pixel * scale - mean[c]) / std[c], pixel from 0 to 255. */
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly order: 'RGB' | 'BGR';
}

/** One output of a default answer, for one row where the output has rows. */
export interface DefaultOutput {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** The tensor's bytes. */
  readonly base64: string;
}

/** What a model answers in place of an error or a late answer. */
export interface DefaultAnswer {
  /** Milliseconds from a request to this answer; null: only in place of an error. */
  readonly afterMs: number | null;
  /** All outputs that can be asked for. */
  readonly outputs: readonly DefaultOutput[];
}

/** Of a version whose answers are kept. */
export interface Caching {
  /** For its answers together, within what there is for all models; null: that alone. */
  readonly maxBytes: number | null;
  /** How long an answer is kept at the most, in milliseconds; null: as long as there is room. */
  readonly ttlMs: number | null;
}

/** A loaded version, as the parts that handle requests see it. A change makes a new object. */
export interface Servable {
  readonly model: string;
  readonly version: number;
  /** The model's generation that this servable was resolved with; hosts ahead of it refuse. */
  readonly generation: number;
  readonly signature: Signature;
  readonly batching: Batching;
  readonly image: ImageInput | null;
  /** Longest time a request may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Time of a request that does not say how long it waits, in milliseconds. */
  readonly defaultTimeoutMs: number;
  readonly defaultAnswer: DefaultAnswer | null;
  /** Limits of its own; null where the server's count. */
  readonly rates: ModelRates | null;
  /** Absent where no answers are kept; with the hash of the version's file. */
  readonly cache?: Caching & { readonly sha256: string };
  /** By output: text by index of a class; absent where the model has none. */
  readonly classLabels?: ClassLabels;
  /** Of the default version: who answers requests without a version; absent where it alone does. */
  readonly traffic?: Traffic;
  /** Why it cannot be asked: its default answer is all that it has. Absent where it can. */
  readonly refusal?: string;
}

/** By name of an output: what its classes are called, by index. */
export type ClassLabels = Readonly<Record<string, readonly string[]>>;

/** One version as a modelhost reports it. */
export interface VersionEntry {
  readonly version: number;
  readonly state: VersionState;
  /** True where it is not loaded and is when somebody asks for it; else absent. */
  readonly onDemand?: true;
  /** True where it is on demand and has never been loaded there; else absent, and of earlier releases. */
  readonly neverLoaded?: true;
  /**
   * Whether this host is to have it, others are, or none can; absent where all are to have it, and of
   * hosts of an earlier release.
   */
  readonly placed?: 'here' | 'elsewhere' | 'nowhere';
  /** Bytes that a load of it takes at most; absent where it is not on demand. */
  readonly memoryBytes?: number;
  /** Why it failed or is not served; '' otherwise. */
  readonly reason: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly signature: Signature;
  readonly batching: Batching;
  readonly image: ImageInput | null;
  readonly timeoutMs: number;
  /** Absent where it is timeoutMs. */
  readonly defaultTimeoutMs?: number;
  /** Absent or null where there is none. */
  readonly defaultAnswer?: DefaultAnswer | null;
  /** Absent or null where there are none. */
  readonly rates?: ModelRates | null;
  /** Absent where no answers are kept. */
  readonly cache?: Caching;
  /** Absent where there are none. */
  readonly classLabels?: ClassLabels;
  /** Operator sets of the model file, e.g. {'ai.onnx': 13}; producer and metadata as in the file. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Microseconds of one row alone and in a batch of eight, as measured by the probe. */
  readonly rowUs: { readonly alone: number; readonly batched: number };
  /** What it ran on when it was tried; absent where it did not, and of hosts of an earlier release. */
  readonly madeUpBy?: MadeUpBy;
  /** Absent where the configuration says nothing of it, and of hosts of an earlier release. */
  readonly stated?: StatedConfig;
  /** Fields of its configuration that have no effect; absent where there are none, and of earlier releases. */
  readonly ignored?: readonly string[];
  /** Id of the runner that serves it on this host; '' while none does. */
  readonly runner: string;
}

/**
 * One model as a modelhost reports it. A deleted model stays in the host's catalog, so that its
 * generation is known, without versions once they are unloaded.
 */
export interface ModelEntry {
  readonly name: string;
  /** Number of the model's state file; raised by every change of default, label or description. */
  readonly generation: number;
  /** The default version, or 0 where there is none yet. */
  readonly defaultVersion: number;
  readonly labels: Readonly<Record<string, number>>;
  readonly description: string;
  /** True where it was unloaded: it stays in the repository and nobody serves it. Else absent. */
  readonly unloaded?: boolean;
  /** Versions that are loaded because they are to get a name; absent of hosts of an earlier release. */
  readonly held?: readonly number[];
  /** Absent where the default alone answers requests without a version. */
  readonly traffic?: Traffic;
  /** The version that takes over step by step, or the last one that did; absent: none ever. */
  readonly canary?: Canary;
  readonly versions: readonly VersionEntry[];
}

/** Everything a modelhost serves; the answer of `GET /modelhost/catalog`. */
export interface HostCatalog {
  readonly host: string;
  /** Opaque; changes with every change of the catalog. Give it back as `since` to wait for the next. */
  readonly revision: string;
  readonly models: readonly ModelEntry[];
}

/**
 * What the dialects and the parts in front of the hosts need to know of the cluster's models.
 * On an inferrer it is the union of all hosts' catalogs, on a modelhost its own.
 */
export interface Catalog {
  /**
   * The servable that a request for `model` and `version` (number, label or '') means now.
   * Throws unknown_model, unknown_version or model_not_ready.
   */
  resolve(model: string, version: string): Servable;
  /**
   * Where `resolve` throws model_not_ready: a version that cannot answer now and declares what is
   * answered then. Absent where no model has a default answer.
   */
  standIn?(model: string, version: string): Servable | undefined;
  /** All models, sorted by name. */
  models(): readonly ModelEntry[];
  /** One model; throws unknown_model. */
  model(name: string): ModelEntry;
  /**
   * Looks again at the truth; resolves when the answer of `resolve` is fresh, or as soon as the
   * model's generation is above `than`. Gives up at `deadline` (performance.now) where it waits for
   * the first host.
   */
  refresh(model: string, deadline?: number, than?: number): Promise<void>;
}

/** True for a version that nobody is answered by any more: it is on its way out, or gone. */
export function isLeaving({ state, onDemand, placed }: VersionEntry): boolean {
  const isGoing = state === 'draining' || state === 'unloaded';
  return isGoing && onDemand !== true && placed === undefined;
}

/** True for a version whose requests are answered, at once or after a load. */
export function isServed({ state, onDemand }: VersionEntry): boolean {
  return state === 'ready' || onDemand === true;
}

/** True for a version that is not on all hosts, and is or will be on some. */
export function isPlaced({ state, placed }: VersionEntry): boolean {
  return placed !== undefined && state !== 'failed';
}

/**
 * True for a model that is in the repository: one with more than leaving versions, or an unloaded
 * one. Deleted ones stay in hosts' catalogs.
 */
export function isListed({ versions, unloaded }: ModelEntry): boolean {
  return !versions.every(isLeaving) || (unloaded === true && versions.length > 0);
}
