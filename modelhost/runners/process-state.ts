import { readFileSync } from 'node:fs';

/** The page size of every platform that the runtime is built for and that has /proc. */
const pageBytes = 4096;

/** What the system says of a process. */
export interface ProcessState {
  /** Resident memory, 0 where it cannot be told. */
  readonly residentBytes: number;
  /** Somebody has sent SIGSTOP: it does not go on by itself. */
  readonly stopped: boolean;
}

/** One read of /proc, some twenty microseconds; nothing is known elsewhere than on Linux. */
export function processState(pid: number): ProcessState {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in parentheses, may hold anything; behind it come the state and then numbers.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { stopped: fields[0] === 'T', residentBytes: Number(fields[21]) * pageBytes };
  } catch {
    return { stopped: false, residentBytes: 0 };
  }
}
