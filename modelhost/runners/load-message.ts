import type { RunnerLoad } from '../runner/control';
import type { Entry } from './entry';

/** What changes between two loads of the same version. */
export interface LoadTerms {
  readonly generation: number;
  readonly watchMs: number;
  /** Threads inside one run. */
  readonly threads: number;
  readonly warmUpMs: number;
  readonly mostBytes: number;
}

/** What a runner is told to load a version. */
export function loadMessage(
  { order, mark }: Entry,
  { generation, watchMs, threads, warmUpMs, mostBytes }: LoadTerms,
): Omit<RunnerLoad, 'kind' | 'call'> {
  const { model, version, path, signature, warmUps = [], padTo } = order;
  return {
    model,
    version,
    mark,
    path,
    watchMs,
    generation,
    outputs: signature.outputs.flatMap(({ name, datatype }) => (datatype === null ? [] : [name])),
    threads,
    warmUps,
    warmUpMs,
    mostBytes,
    ...(padTo === undefined ? {} : { padTo }),
  };
}
