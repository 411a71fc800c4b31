import { shareOfModels, usableMemory } from '../../core/usable-memory';

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

export function createMemoryRoom({
  limitBytes,
  usedBytes,
  constrainedBytes,
}: MemoryRoomOptions): MemoryRoom {
  const limit = limitBytes > 0 ? limitBytes : shareOfModels * usableMemory(constrainedBytes);
  return { freeBytes: () => Math.max(0, limit - usedBytes()) };
}
