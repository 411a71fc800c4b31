import { setPriority } from 'node:os';

/** Gets about a tenth of a processor that somebody else wants whole, so that its runs end all the same. */
const priority = 10;

/** To be called before the process has threads, which take it over from the first. */
export function makeLessUrgent(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, priority);
  } catch {
    // It has ended already, or the system allows no such thing.
  }
}
