import type { ByProcess, Figures } from './figures';
import { copiedBy, preciseCpuUs, processState, residentBytes } from './proc';

/** What one process has used since it began. Several may go by one name. */
export interface Usage {
  readonly name: string;
  readonly pid: number;
  readonly cpuUs: number;
  readonly kernelUs: number;
  readonly copiedBytes: number;
  readonly calls: number;
}

/** What is read of a process. */
export interface Observed {
  readonly name: string;
  readonly pid: number;
}

/** Of these processes, and `wrk`: what ended children of this process have used. */
export function readUsage(processes: readonly Observed[]): readonly Usage[] {
  const own = processState(process.pid)?.childrenCpuUs ?? 0;
  const wrk = { name: 'wrk', pid: process.pid, cpuUs: own, kernelUs: 0, copiedBytes: 0, calls: 0 };
  const usages = processes.map(({ name, pid }) => {
    const { bytes, calls } = copiedBy(pid);
    const kernelUs = processState(pid)?.kernelUs ?? 0;
    return { name, pid, cpuUs: preciseCpuUs(pid), kernelUs, copiedBytes: bytes, calls };
  });
  return [...usages, wrk];
}

/** Per request and name; a process that began in between counts from its start. */
export function usagePerRequest(
  before: readonly Usage[],
  after: readonly Usage[],
  requests: number,
): Pick<Figures, 'cpuUs' | 'kernelUs' | 'copiedBytes' | 'calls'> {
  const earlier = new Map(before.map((usage) => [usage.pid, usage]));
  const each = (pick: (usage: Usage) => number): ByProcess =>
    sumByName(
      after.map((usage) => {
        const sofar = earlier.get(usage.pid);
        const grown = pick(usage) - (sofar === undefined ? 0 : pick(sofar));
        return [usage.name, (grown >= 0 ? grown : pick(usage)) / requests] as const;
      }),
    );
  return {
    cpuUs: each(({ cpuUs }) => cpuUs),
    kernelUs: each(({ kernelUs }) => kernelUs),
    copiedBytes: each(({ copiedBytes }) => copiedBytes),
    calls: each(({ calls }) => calls),
  };
}

/** Resident memory of the processes, by name. */
export function readResident(processes: readonly Observed[]): ByProcess {
  return sumByName(processes.map(({ name, pid }) => [name, residentBytes(pid)] as const));
}

function sumByName(list: readonly (readonly [name: string, value: number])[]): ByProcess {
  const sums: Record<string, number> = {};
  for (const [name, value] of list) sums[name] = (sums[name] ?? 0) + value;
  return sums;
}
