import type { ErrorCode } from '../../core/errors';

/** From so many refusals in one turn of the event loop on, arrivals come together by themselves. */
const gathered = 32;

const overloaded: ErrorCode = 'overloaded';

export interface ModerationParts {
  /** 0: never. */
  readonly pauseMs: number;
  /** Holds this thread. */
  readonly pause?: (ms: number) => void;
}

/** Told of every request's end: its error's code, empty if it had none. */
export type Moderate = (code: string) => void;

/**
 * Under overload each refusal wakes the process for itself, and what it costs to be woken is taken
 * from the models of this machine. So where most requests that ended since the last such turn of
 * the event loop were refused, the thread pauses before it looks at its connections again, and what
 * arrives meanwhile is refused together. What was accepted waits in queues for far longer.
 */
export function createModeration({ pauseMs, pause = sleep }: ModerationParts): Moderate {
  if (pauseMs === 0) return () => undefined;
  let refused = 0;
  let others = 0;
  const turnIsOver = (): void => {
    const apart = refused > others && refused < gathered;
    refused = 0;
    others = 0;
    if (apart) pause(pauseMs);
  };
  return (code) => {
    if (code !== overloaded) {
      others += 1;
      return;
    }
    if (refused === 0) setImmediate(turnIsOver);
    refused += 1;
  };
}

const nothing = new Int32Array(new SharedArrayBuffer(4));

function sleep(ms: number): void {
  Atomics.wait(nothing, 0, 0, ms);
}
