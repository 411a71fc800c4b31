import { processState } from './process-state';
import type { RunnerKeeper } from './runner-keeper';
import type { RunnerMemory } from './runner-supervisor';

/** What a keeper's runners take now. */
export function memoryOf({ name, loading, process, processes }: RunnerKeeper): RunnerMemory[] {
  return processes.flatMap(({ id, pid }) => {
    if (pid === undefined) return [];
    const { residentBytes: bytes } = processState(pid);
    return [
      { runner: id, keeper: name, bytes, loading: loading !== undefined && id === process?.id },
    ];
  });
}
