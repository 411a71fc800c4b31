import { readdirSync, readFileSync } from 'node:fs';

/** A process as Linux tells of it. */
export interface ProcessState {
  readonly pid: number;
  readonly parent: number;
  /** In ticks since the machine started; with the pid it names a process for good. */
  readonly startedAt: number;
  /** Processor time used so far by its threads, those that ended included. */
  readonly cpuUs: number;
  /** What of it the kernel used for them: system calls, and the network that runs within them. */
  readonly kernelUs: number;
  /** The same as cpuUs, of children that have ended and were waited for. */
  readonly childrenCpuUs: number;
}

/** Linux tells times in ticks, 100 a second on every architecture that Node runs on. */
const usPerTick = 10_000;

/** Reads the content of /proc/<pid>/stat; the program's name in it may hold spaces and brackets. */
export function parseStat(text: string): ProcessState {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const at = (index: number): number => fields[index] ?? NaN;
  return {
    pid: Number(text.slice(0, text.indexOf(' '))),
    parent: at(1),
    startedAt: at(19),
    cpuUs: (at(11) + at(12)) * usPerTick,
    kernelUs: at(12) * usPerTick,
    childrenCpuUs: (at(13) + at(14)) * usPerTick,
  };
}

/** Resident memory in bytes from the content of /proc/<pid>/status; 0 if it does not say. */
export function parseResident(text: string): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(text);
  return Number(found?.[1] ?? 0) * 1024;
}

/** The processes that descend from `root`, itself first, then as a tree read line by line. */
export function descendants(
  root: number,
  states: readonly ProcessState[],
): readonly ProcessState[] {
  const children = states.filter(({ parent }) => parent === root).sort((a, b) => a.pid - b.pid);
  return [
    ...states.filter(({ pid }) => pid === root),
    ...children.flatMap(({ pid }) => descendants(pid, states)),
  ];
}

/** What a process has read and written, files, sockets and pipes together. */
export interface Copied {
  readonly bytes: number;
  /** System calls that read or write. */
  readonly calls: number;
}

/** From the content of /proc/<pid>/io; what passes through send and recv is not in it. */
export function parseIo(text: string): Copied {
  const of = (field: string): number =>
    Number(new RegExp(`^${field}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return { bytes: of('rchar') + of('wchar'), calls: of('syscr') + of('syscw') };
}

/** Microseconds on a processor from the content of a thread's schedstat. */
export function parseSchedstat(text: string): number {
  return Number(text.split(' ')[0] ?? 0) / 1000;
}

/** All processes of this machine. */
export function processes(): readonly ProcessState[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => processState(Number(pid)) ?? []);
}

/** Undefined if there is no such process any more. */
export function processState(pid: number): ProcessState | undefined {
  const text = read(pid, 'stat');
  return text === undefined ? undefined : parseStat(text);
}

export function residentBytes(pid: number): number {
  return parseResident(read(pid, 'status') ?? '');
}

/** Nothing where the process has ended or is not ours. */
export function copiedBy(pid: number): Copied {
  return parseIo(read(pid, 'io') ?? '');
}

/**
 * Processor time used so far: what its threads tell to the nanosecond or, if it is more because
 * threads have ended, what the process tells in ticks.
 */
export function preciseCpuUs(pid: number): number {
  const threads = threadsOf(pid).map((thread) => read(pid, `task/${thread}/schedstat`) ?? '0');
  const used = threads.reduce((sum, text) => sum + parseSchedstat(text), 0);
  return Math.max(used, processState(pid)?.cpuUs ?? 0);
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** A value of the environment that the process was started with; '' where there is none. */
export function startedWith(pid: number, name: string): string {
  const values = (read(pid, 'environ') ?? '').split('\0');
  return values.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
}

export function commandLine(pid: number): string {
  return (read(pid, 'cmdline') ?? '').replaceAll('\0', ' ');
}

function read(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}
