import { totalmem } from 'node:os';

export interface MemoryRoomOptions {
  /** Bytes that all runners may take; 0: three quarters of what this process may use. */
  readonly limitBytes: number;
  /** Bytes that they take now. */
  readonly usedBytes: () => number;
  /** What the process may use, where the system limits it; 0 where it does not. */
  readonly constrainedBytes?: number;
}

/** Memory that is left for further models. */
export interface MemoryRoom {
  freeBytes(): number;
}

const share = 0.75;

export function createMemoryRoom({
  limitBytes,
  usedBytes,
  constrainedBytes = process.constrainedMemory(),
}: MemoryRoomOptions): MemoryRoom {
  // Without a limit the system tells a number beyond all memory there is, or 0.
  const there = totalmem();
  const usable = constrainedBytes > 0 ? Math.min(there, constrainedBytes) : there;
  const limit = limitBytes > 0 ? limitBytes : share * usable;
  return { freeBytes: () => Math.max(0, limit - usedBytes()) };
}
