import { ShoalError } from '../../core/errors';
import { longestMs } from '../../core/in-time';

export interface Wait {
  /** May throw, and then the wait rejects with that. */
  readonly condition: () => boolean;
  /** Calls the listener after every change; the answer stops it. */
  readonly watch: (listener: () => void) => () => void;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  /** What is waited for, for the message: `until <what>`. */
  readonly what: string;
}

/** Resolves when the condition holds. Rejects with deadline_exceeded when the time is over. */
export async function until({ condition, watch, deadline, what }: Wait): Promise<void> {
  if (condition()) return;
  const { promise, resolve, reject } = settleable();
  const stop = watch(() => {
    try {
      if (condition()) resolve();
    } catch (error) {
      reject(error);
    }
  });
  const leftMs = Math.min(longestMs, Math.max(0, deadline - performance.now()));
  const timer = setTimeout(() => {
    reject(new ShoalError('deadline_exceeded', `Timed out waiting until ${what}.`));
  }, leftMs);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}

interface Settleable {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function settleable(): Settleable {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
