/** Trace settings as Triton's clients see them: each name has a list of texts. */
export type TraceSettings = ReadonlyMap<string, readonly string[]>;

/** Log settings as Triton's clients see them. */
export type LogSettings = ReadonlyMap<string, string | number | boolean>;

/** What clients may see, and with the right to manage change, of the process that they talk to. */
export interface ServerOptions {
  /** The settings that count for a model; '' for all. Throws unknown_model. */
  trace(model: string): TraceSettings;
  /**
   * Changes what is named; an empty list goes back to the global value, or the default. Answers
   * all settings. Throws invalid_request, unknown_model, unsupported.
   */
  changeTrace(model: string, changes: TraceSettings): TraceSettings;
  log(): LogSettings;
  /** Changes what is named and answers all settings. Throws invalid_request, unsupported. */
  changeLog(changes: LogSettings): LogSettings;
}
