import { readFileSync } from 'node:fs';

/** The page size of every platform that the runtime is built for and that has /proc. */
const pageBytes = 4096;

/** Resident memory of a process, or 0 where it cannot be told. */
export function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageBytes;
  } catch {
    return 0;
  }
}
