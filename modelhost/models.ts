import type { ConfigFormat } from './model-config/parse-config';

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
  /** Text of a configuration; absent: the model's own file, or none. */
  readonly config?: string;
  /** How `config` is written; JSON where it is absent. */
  readonly configFormat?: ConfigFormat;
  readonly description?: string;
  /** Publish without making it the default: an upload to the whole cluster does that later. */
  readonly hold: boolean;
  /** Lower-case hex digest and number of the bytes written. */
  readonly sha256: string;
  readonly bytes: number;
  /** Name of the model file in the staging place; absent: that of `StagedUpload.file`. */
  readonly file?: string;
  /** Files lie beside it, so that equal bytes do not make it the same version. */
  readonly hasCompanions?: boolean;
  /** The number that it gets where all so far are lower. */
  readonly wish?: number;
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
}

/** A stored model file, for download. */
export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** What a browser shall call it, e.g. `iris.onnx`. */
  readonly filename: string;
}

/**
 * What a modelhost can do with the models of its repository. Names are clean (see
 * protocol/model-name); a version is a number, a label, or '' for the default.
 * Every operation resolves when this host acts accordingly. Errors: unknown_model, unknown_version, conflict, model_rejected,
 * invalid_name, invalid_request, insufficient_storage, deadline_exceeded.
 */
export interface HostModels {
  stage(): Promise<StagedUpload>;
  /** Checks, probes and publishes. The staging place is gone afterwards, also after an error. */
  publish(staged: StagedUpload, options: PublishOptions): Promise<Published>;
  /** Removes one version, or the model with all its versions where `version` is ''. */
  remove(model: string, version: string): Promise<{ readonly generation: number }>;
  setDefault(model: string, version: number): Promise<{ readonly generation: number }>;
  describe(model: string, description: string): Promise<{ readonly generation: number }>;
  /** Reads the repository again now and resolves when this host has caught up with it. */
  update(): Promise<void>;
  file(model: string, version: string): Promise<ModelFile>;
}
