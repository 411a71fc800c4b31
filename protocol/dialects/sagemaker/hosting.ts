/** A model that a platform can ask for, under the name that the platform gave it. */
export interface LoadedModel {
  readonly name: string;
  readonly url: string;
}

/** What a platform makes a container load and unload. Names are opaque. */
export interface ModelLoads {
  /**
   * Resolves when the model can be asked. Rejects with conflict where it is loaded already,
   * insufficient_memory or insufficient_storage where there is no room, unknown_model where nothing
   * is at the url, unsupported where this container loads nothing.
   */
  load(name: string, url: string): Promise<void>;
  /**
   * Resolves when what was under way is answered and the memory is given back. Rejects with
   * unknown_model, unsupported.
   */
  unload(name: string): Promise<void>;
  /** Sorted by name. */
  list(): readonly LoadedModel[];
  /**
   * Has the work done on a model, which stays loaded until that is over. `model` is its name within
   * this server. Throws unknown_model.
   */
  use<Result>(name: string, work: (model: string) => Promise<Result>): Promise<Result>;
}

/** How a transform job shall send its file; the platform's own names. */
export interface ExecutionParameters {
  readonly MaxConcurrentTransforms: number;
  readonly BatchStrategy: string;
  readonly MaxPayloadInMB: number;
}

/** One container as its platform sees it. */
export interface Hosting {
  /** Why the container is not healthy; '' where it is. */
  readonly unhealthy: () => string;
  readonly execution: ExecutionParameters;
  /** The model that `/invocations` asks, `<name>[:<version>]`; '' for the only one. */
  readonly invoked: string;
  readonly loads: ModelLoads;
  /** Resolves when what was there at the start is loaded or has failed; undefined once that is so. */
  readonly starting: () => Promise<void> | undefined;
}
