import { tooMuchMemoryCode } from '../runner/memory-watch';
import type { MarkedRun } from '../runner/current-mark';

/**
 * Why the host ended a runner itself. `stuck` and `memory`: for what one run did. `frozen`:
 * somebody had stopped the process. `grown`: over its memory, but not by one run. `awaited`: it held
 * a change of its model up.
 */
export type KillReason = 'stuck' | 'frozen' | 'memory' | 'grown' | 'awaited' | 'stopping';

/** How a runner's process ended. */
export interface RunnerDeath {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly killedFor: KillReason | undefined;
  readonly ageMs: number;
  /** What it was at, as it marked it. */
  readonly at: MarkedRun;
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

/** A runner that is over its memory so soon holds a model that is too large for it. */
const youngMs = 60_000;

/** Whether it had more memory than it may have. */
export function overMemory({ killedFor, code }: RunnerDeath): boolean {
  return killedFor === 'memory' || killedFor === 'grown' || code === tooMuchMemoryCode;
}

/** Whether it ended in the run that it had marked, so that its content is to blame too. */
export function inOneRun({ killedFor }: RunnerDeath): boolean {
  return killedFor !== 'grown';
}

/**
 * A crash, a run without end and memory beyond the limit are the fault of what was being run. A
 * signal from outside (an operator, the kernel short of memory) is nobody's.
 */
export function autopsy(death: RunnerDeath): Autopsy {
  if (death.killedFor === 'grown') return { ...kills.grown, guilty: death.ageMs < youngMs };
  if (death.killedFor !== undefined) return kills[death.killedFor];
  if (death.code === tooMuchMemoryCode) return kills.memory;
  if (death.signal !== null) {
    return { reason: `it ended with ${death.signal}`, guilty: crashes.has(death.signal) };
  }
  return { reason: `it exited with code ${death.code ?? 0}`, guilty: (death.code ?? 0) !== 0 };
}

const kills: Readonly<Record<KillReason, Autopsy>> = {
  stuck: { reason: 'one run took longer than a run may take', guilty: true },
  memory: { reason: 'one run took more memory than a runner may take', guilty: true },
  grown: { reason: 'it grew beyond the memory that a runner may take', guilty: false },
  frozen: { reason: 'somebody had stopped it', guilty: false },
  awaited: { reason: 'a change of a model waited for a run of its shadow', guilty: false },
  stopping: { reason: 'it was told to stop', guilty: false },
};
