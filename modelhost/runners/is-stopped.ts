import { readFileSync } from 'node:fs';

/**
 * Whether a process stands still by a signal (SIGSTOP): it does not run however long one waits.
 * False where that cannot be told.
 */
export function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  } catch {
    return false;
  }
}
