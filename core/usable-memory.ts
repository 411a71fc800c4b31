import { totalmem } from 'node:os';

/** Bytes that this process may use: those of the machine, or fewer where the system limits it. */
export function usableMemory(constrainedBytes = process.constrainedMemory()): number {
  // Without a limit the system tells a number beyond all memory there is, or 0.
  const there = totalmem();
  return constrainedBytes > 0 ? Math.min(there, constrainedBytes) : there;
}

/** What of it models may take where nobody says otherwise. */
export const shareOfModels = 0.75;
