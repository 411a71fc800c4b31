import type { BareFile, StoredVersion } from './snapshot';
import type { VersionMeta } from './version-meta';

/** Lets one host of several do a piece of work that all of them see; see claim.ts. */
export interface Claims {
  /** The work is done under the claim, and true returned; false if another host has it. */
  with(name: string, work: () => Promise<void>): Promise<boolean>;
  /** Somebody has it, or has died with it. */
  held(name: string): Promise<boolean>;
}

export interface FoundVersion {
  readonly version: number;
  /** Another one for each content of its meta.json; undefined where it has none. */
  readonly metaStamp: string | undefined;
  /** The server is putting it there, or died when it did: nobody else makes a version of it. */
  readonly arriving: boolean;
}

export interface FoundModel {
  readonly name: string;
  /** What lies directly in its folder. */
  readonly names: readonly string[];
  /** In rising order. */
  readonly versions: readonly FoundVersion[];
}

/** One look at everything. */
export interface Listing {
  readonly models: readonly FoundModel[];
  /** `<name>.onnx` or `<name>.ort` beside the models' folders, by the model's name. */
  readonly bare: ReadonlyMap<string, BareFile>;
}

/** Where a version is being made, on this machine's disk. */
export interface WorkPlace {
  readonly directory: string;
  /** Gives the version a file, all of it at once, for good; false if it has one of that name. */
  create(name: string, text: string): Promise<boolean>;
}

/** A directory in which a version is being made. Nobody serves what lies there. */
export interface StagingPlace {
  readonly directory: string;
  readonly file: string;
  /** Harmless after publishing and when called twice. */
  discard(): Promise<void>;
}

/** A version that was begun and never finished. */
export interface Abandoned {
  readonly model: string;
  readonly version: number;
}

/**
 * Where the models of a repository lie: a directory, or a bucket. It finds, reads and writes, and
 * decides nothing: what is a version, what it is worth and what becomes of it is decided above, the
 * same for all kinds. Names are paths below the repository with slashes, e.g. `iris/config.json`.
 */
export interface Storage {
  /** Makes it ready; rejects where it cannot be read. */
  open(): Promise<void>;
  /** There is no model in it, whole or half. */
  isEmpty(): Promise<boolean>;
  list(): Promise<Listing>;
  /**
   * Rejects with storage_unavailable where the repository is not where it was at the last look:
   * what was read since then may have been missing for that reason alone.
   */
  confirm(): Promise<void>;
  /** What lies directly in a model's folder now. */
  names(model: string): Promise<readonly string[]>;
  /** Another one for a file that was written again; undefined where it is not there. */
  stamp(name: string): Promise<string | undefined>;
  /** Equal as long as no file of the version is another one. */
  versionStamp(model: string, version: number): Promise<string>;
  /** The same of what people put into the model's folder, beside its versions. */
  modelStamp(model: string): Promise<string>;
  /** A text; undefined where it is not there. */
  read(name: string): Promise<string | undefined>;
  /** Creates a file with its whole content at once; false if it is there already. */
  create(name: string, text: string): Promise<boolean>;
  /** Resolves when a file that was created survives a loss of power. */
  secure(name: string): Promise<void>;
  /** Removes a file, if it is there. */
  remove(name: string): Promise<void>;
  readonly claims: Claims;
  stage(): Promise<StagingPlace>;
  /** Makes what was staged this version; false where the number is taken. */
  place(directory: string, model: string, version: number): Promise<boolean>;
  /** Takes a version away; nothing of it is ever served half. */
  removeVersion(model: string, version: number): Promise<void>;
  /**
   * Puts a model there that lies in a directory elsewhere, unless there is one of that name. Half of it
   * is completed.
   */
  addModel(source: string, model: string): Promise<void>;
  /** Copies the file to this place on the disk; false where it is not what was found any more. */
  copyBare(bare: BareFile, target: string): Promise<boolean>;
  /** The files of a version without meta.json, to be looked into; then they are let go. */
  lookInto<Result>(
    model: string,
    version: number,
    work: (place: WorkPlace) => Promise<Result>,
  ): Promise<Result>;
  /** Where the version's model file lies on this machine's disk once it has been fetched. */
  localPath(model: string, version: number, meta: VersionMeta): string;
  /** Resolves when the version's files lie there. */
  fetch(stored: StoredVersion): Promise<void>;
  /**
   * Rejects with storage_unavailable where the files that lie there are not what was published. To be
   * asked at each load: of what has stayed as it is it is known.
   */
  checkFiles(stored: StoredVersion): Promise<void>;
  /** Fetches them for work that reads them: until it is done they stay, loaded or not. */
  using<Result>(stored: StoredVersion, work: () => Promise<Result>): Promise<Result>;
  /** Told what is loaded: of what was fetched, anything else may go that is not in use. */
  trim(loaded: readonly StoredVersion[]): Promise<void>;
  /**
   * Removes what processes that died have left; `now` in milliseconds since 1970. The versions are
   * to be deleted by whoever decides about versions.
   */
  clean(now: number): Promise<readonly Abandoned[]>;
  /** Calls when something may have changed, where it can be known; the answer ends that. */
  watch(onHint: () => void): () => void;
  /** Nothing of it is used any more. */
  close(): Promise<void>;
}
