/** Freezes processes: they keep their connections, and do nothing. */
export interface Freezer {
  freeze(...pids: readonly number[]): void;
  /** Lets go on whatever is frozen; for afterEach as well. */
  thaw(): void;
}

export function createFreezer(): Freezer {
  let frozen: readonly number[] = [];
  return {
    freeze(...pids) {
      frozen = [...frozen, ...pids];
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
    },
    thaw() {
      for (const pid of frozen) {
        try {
          process.kill(pid, 'SIGCONT');
        } catch {
          // It was replaced.
        }
      }
      frozen = [];
    },
  };
}
