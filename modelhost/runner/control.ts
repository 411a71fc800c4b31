import type { ErrorCode } from '../../core/errors';
import type { WarmUp } from '../model-config/warm-up';
import type { ColdRun } from './warm-up';

/**
 * What a host's process and its runner say to each other over Node's IPC channel. Tensors never
 * travel here. Messages with a `call` are answered by `done` or `error` with the same number.
 */
export type ToRunner =
  | RunnerStart
  | RunnerLoad
  | {
      /** `quiet` is answered when nobody has asked for the version for a moment. */
      readonly kind: 'quiet' | 'unload';
      readonly call: number;
      readonly model: string;
      readonly version: number;
      readonly mark: number;
    }
  | {
      readonly kind: 'generation';
      readonly call: number;
      readonly model: string;
      readonly generation: number;
    }
  /** Answered between two runs with how versions are used. */
  | { readonly kind: 'usage'; readonly call: number }
  /** Answered between two runs: a runner that does not answer is inside one. */
  | { readonly kind: 'ping'; readonly call: number }
  /** Refuse what is new, finish what is there, exit 0. */
  | { readonly kind: 'stop' };

/** The first message; answered by `listening`. */
export interface RunnerStart {
  readonly kind: 'start';
  readonly id: string;
  readonly host: string;
  /** Path of the unix socket, or '' for none. */
  readonly socketPath: string;
  /** Where to listen for TCP (port 0: any), or null. */
  readonly tcp: { readonly host: string; readonly port: number } | null;
  readonly secret: string;
  readonly maxFrameBytes: number;
  /** Requests beyond so many waiting bytes are refused as overloaded. */
  readonly maxQueuedBytes: number;
  /** Memory beyond that of its versions at which the host ends the runner. */
  readonly memoryBytes: number;
  /** File in which the runner marks what it is at, see `current-mark.ts`. */
  readonly markPath: string;
}

export interface RunnerLoad {
  readonly kind: 'load';
  readonly call: number;
  /** Number under which the runner marks this version while it loads or runs it; not 0. */
  readonly mark: number;
  readonly model: string;
  readonly version: number;
  readonly generation: number;
  readonly path: string;
  /** For so many milliseconds each run of it is marked with its content: it has killed a runner. */
  readonly watchMs: number;
  /** Names of the outputs that can be carried. */
  readonly outputs: readonly string[];
  /** Threads inside one run. */
  readonly threads: number;
  /** What is run before it is loaded; absent: nothing. */
  readonly warmUps?: readonly WarmUp[];
  /** Rows to which those runs are filled up; absent: none need be. */
  readonly padTo?: number;
  /** Longest time of those runs together, in milliseconds; absent: no end. */
  readonly warmUpMs?: number;
  /** Most that it may take when it is loaded; absent: no end. */
  readonly mostBytes?: number;
}

export type FromRunner =
  /** `port` is that of TCP, or 0. */
  | { readonly kind: 'listening'; readonly port: number }
  | {
      readonly kind: 'done';
      readonly call: number;
      readonly loaded?: LoadMeasure;
      readonly usage?: readonly MarkUsage[];
    }
  | {
      readonly kind: 'error';
      readonly call: number;
      readonly code: ErrorCode;
      readonly message: string;
    };

/** How the version of a mark is used. */
export interface MarkUsage {
  readonly mark: number;
  /** Requests that were admitted and have not ended. */
  readonly jobs: number;
  readonly answered: boolean;
  /** Since a request last came; 0 while one is there. */
  readonly idleMs: number;
}

export interface LoadMeasure {
  readonly loadMs: number;
  /** By how much resident memory grew, and would have had nothing else been released meanwhile. */
  readonly residentBytes: number;
  /** By how much it had grown at most meanwhile; absent where the system does not tell. */
  readonly peakBytes?: number;
  /** Runs on example input that were to come before it and have not been; absent: none. */
  readonly coldRuns?: readonly ColdRun[];
}
