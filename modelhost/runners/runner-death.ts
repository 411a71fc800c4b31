/** Why the host ended a runner itself. */
export type KillReason = 'stuck' | 'frozen' | 'memory' | 'stopping';

/** How a runner's process ended. */
export interface RunnerDeath {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly killedFor: KillReason | undefined;
  /** What it was at, as it marked it; 0 for nothing. */
  readonly mark: number;
}

/** What a dead runner means for the version it was at. */
export interface Autopsy {
  readonly reason: string;
  /** Whether what it was at is to blame. */
  readonly guilty: boolean;
}

/** Signals with which native code ends the process it runs in. */
const crashes: ReadonlySet<string> = new Set([
  'SIGABRT',
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGSYS',
  'SIGTRAP',
]);

/**
 * A crash, a run without end and memory beyond the limit are the fault of what was being run. A
 * signal from outside (an operator, the kernel short of memory) is nobody's.
 */
export function autopsy(death: RunnerDeath): Autopsy {
  switch (death.killedFor) {
    case 'stuck':
      return { reason: 'one run took longer than a run may take', guilty: true };
    case 'frozen':
      return { reason: 'somebody had stopped it', guilty: false };
    case 'memory':
      return { reason: 'it took more memory than a runner may take', guilty: true };
    case 'stopping':
      return { reason: 'it was told to stop', guilty: false };
    case undefined:
      break;
  }
  if (death.signal !== null) {
    return { reason: `it ended with ${death.signal}`, guilty: crashes.has(death.signal) };
  }
  return { reason: `it exited with code ${death.code ?? 0}`, guilty: (death.code ?? 0) !== 0 };
}
