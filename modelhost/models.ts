import type { UploadStep } from '../protocol/cluster/upload-step';
import type { ConfigSource } from './model-config/config-files';
import type { StoredFile } from './repository/content-hash';

/** A place for the bytes of one upload; it ends with `publish` or `discard`. */
export interface StagedUpload {
  readonly directory: string;
  /** Where the bytes shall be written. */
  readonly file: string;
  /** Removes everything of the upload. Harmless after publishing and when called twice. */
  discard(): Promise<void>;
}

export interface PublishOptions {
  readonly model: string;
  /** With its labels; absent: that of the model's directory, or none. */
  readonly config?: ConfigSource;
  readonly description?: string;
  /** Publish without making it the default: an upload to the whole cluster does that later. */
  readonly hold: boolean;
  /** All files in the staging place, the model first. */
  readonly files: readonly StoredFile[];
  /** The number that it gets where all so far are lower. */
  readonly wish?: number;
  /** Told of each step that is done; of none where the same is there already. */
  readonly tell?: (step: UploadStep) => void;
  /** Aborted when the caller has gone: he is not waited for. */
  readonly signal?: AbortSignal;
}

export interface Published {
  readonly model: string;
  readonly version: number;
  readonly generation: number;
  /** False where the same bytes and configuration were there already. */
  readonly created: boolean;
  readonly sha256: string;
  /**
   * After a held upload: the caller shall make the version the default once all hosts serve it.
   * True for what was created and for the newest version uploaded again; an older version uploaded
   * again changes nothing.
   */
  readonly promote: boolean;
  /** Present where the model had been unloaded: whoever takes a held version back unloads it again. */
  readonly wasUnloaded?: true;
  /** Fields of the configuration that have no effect, as paths; absent where there are none. */
  readonly ignored?: readonly string[];
  /** Files of the upload that were not kept, as nothing names them; absent where there are none. */
  readonly unused?: readonly string[];
}

/** What is stored of a version, for download. */
export interface ModelFiles {
  /** Of all files: see `contentHash`. */
  readonly sha256: string;
  /** What was uploaded, the model first; with a configuration where there is more than the model. */
  readonly files: readonly ModelFile[];
  /** When it was published, in milliseconds since 1970. */
  readonly createdAt: number;
}

export interface ModelFile {
  /** As it is called in the version's directory. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

/**
 * What a modelhost can do with the models of its repository. Names are clean (see
 * protocol/model-name); a version is a number, a label, or '' for the default.
 * Every operation resolves when this host acts accordingly. Errors: unknown_model, unknown_version, conflict, model_rejected,
 * invalid_name, invalid_request, insufficient_storage, deadline_exceeded.
 */
export interface HostModels {
  stage(): Promise<StagedUpload>;
  /** A text in the model's directory in the repository; undefined where there is none. */
  readStanding(model: string, name: string): Promise<string | undefined>;
  /** Checks, probes and publishes. The staging place is gone afterwards, also after an error. */
  publish(staged: StagedUpload, options: PublishOptions): Promise<Published>;
  /** Removes one version, or the model with all its versions where `version` is ''. */
  remove(model: string, version: string): Promise<{ readonly generation: number }>;
  describe(model: string, description: string): Promise<{ readonly generation: number }>;
  /** Reads the repository again now and resolves when this host has caught up with it. */
  update(): Promise<void>;
  /** The files are there until `use` is done with them. */
  withFiles<Result>(
    model: string,
    version: string,
    use: (files: ModelFiles) => Promise<Result>,
  ): Promise<Result>;
}
