import type { RunnerLoad } from '../runner/control';
import type { Entry } from './entry';

/** What changes between two loads of the same version. */
export interface LoadTerms {
  readonly generation: number;
  readonly watchMs: number;
  /** Where the order says nothing. */
  readonly intraOpThreads: number;
}

/** What a runner is told to load a version. */
export function loadMessage(
  { order, mark }: Entry,
  { generation, watchMs, intraOpThreads }: LoadTerms,
): Omit<RunnerLoad, 'kind' | 'call'> {
  const { model, version, path, signature, options } = order;
  return {
    model,
    version,
    mark,
    path,
    watchMs,
    generation,
    outputs: signature.outputs.flatMap(({ name, datatype }) => (datatype === null ? [] : [name])),
    options: {
      intraOpThreads: options.intraOpThreads ?? intraOpThreads,
      executionMode: options.executionMode ?? 'sequential',
      optimization: options.optimization ?? 'all',
      memoryArena: options.memoryArena ?? true,
    },
  };
}
