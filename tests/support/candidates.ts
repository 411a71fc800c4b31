import type { Candidate } from '../../modelhost/memory/next-step';

/** A version that is in memory and takes ten bytes, with such changes. */
export function candidate(key: string, changes: Partial<Candidate> = {}): Candidate {
  const bytes = changes.bytes ?? 10;
  return {
    key,
    state: 'ready',
    bytes,
    loadBytes: bytes,
    pinned: false,
    spare: false,
    leases: 0,
    usedAt: 0,
    readyAt: 0,
    answered: true,
    askedAt: null,
    unasked: 'room',
    idleMs: null,
    ...changes,
  };
}
