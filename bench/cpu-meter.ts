import { processState } from './proc';

/** Processor time in microseconds by name of the process. */
export type CpuTimes = Readonly<Record<string, number>>;

/** What the processes have used, and `wrk`: what ended children of this process have. */
export function readCpu(processes: readonly { name: string; pid: number }[]): CpuTimes {
  const own = processState(process.pid)?.childrenCpuUs ?? 0;
  return {
    ...Object.fromEntries(processes.map(({ name, pid }) => [name, processState(pid)?.cpuUs ?? 0])),
    wrk: own,
  };
}

/** Per request; a process that was restarted in between counts from its start. */
export function cpuPerRequest(before: CpuTimes, after: CpuTimes, requests: number): CpuTimes {
  return Object.fromEntries(
    Object.entries(after).map(([name, used]) => {
      const sofar = before[name] ?? 0;
      return [name, (used >= sofar ? used - sofar : used) / requests];
    }),
  );
}
