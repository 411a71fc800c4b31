/** An input of the model, float32 and little-endian. */
export interface BareInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Load this, or run what is loaded for so long. */
export type BareQuestion =
  | { readonly load: string; readonly inputs: readonly BareInput[] }
  | {
      readonly runForSeconds: number;
      /** Idle time before each run, in milliseconds. */
      readonly restMs: number;
    };

/** What a child did; nothing after loading. */
export interface BareAnswer {
  readonly runs: number;
  /** Without the rests. */
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the whole process while it ran. */
  readonly cpuUs: number;
}
