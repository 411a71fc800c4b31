/** The state of one version as `model_repository` clients know it. */
export type IndexState = 'READY' | 'UNAVAILABLE' | 'LOADING' | 'UNLOADING';

/** One line of the repository's index: a version, or a model that has none. */
export interface IndexEntry {
  readonly name: string;
  /** Decimal digits; absent where the model has no version. */
  readonly version?: string;
  readonly state?: IndexState;
  /** Why it is not ready; absent where there is nothing to say. */
  readonly reason?: string;
}

/** What a load call brings beside the name; it is stored as a version of its own. */
export interface LoadOverride {
  /** The model's configuration as JSON text, in Triton's field names. */
  readonly config: string;
  /** Path below the model's folder, e.g. `1/model.onnx`, to the file's bytes; may be empty. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/**
 * Loading and unloading on demand, for the whole cluster where an inferrer is asked. Both resolve
 * when every ready modelhost acts accordingly and throw unsupported where the operator has not
 * allowed them (`MODEL_CONTROL`). `id` is the request's id.
 */
export interface ModelControl {
  /**
   * Serves the model (again), as the repository has it now; loaded and unchanged, it does nothing.
   * Throws unknown_model, model_rejected, invalid_request, insufficient_storage,
   * insufficient_memory.
   */
  load(model: string, override: LoadOverride | null, id: string): Promise<void>;
  /** What is under way is still answered. A model that is not there is no error. */
  unload(model: string, id: string): Promise<void>;
}
