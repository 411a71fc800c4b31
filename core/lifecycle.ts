import type { Logger } from './logging';

/** One numbered step of a shutdown. Steps run in order; a failing step does not stop the rest. */
export interface StopStep {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

export interface RunningService {
  /** Shutdown in the order in which it has to happen: not ready, stop accepting, drain, close. */
  readonly stopSteps: readonly StopStep[];
}

const sameSignalMs = 500;

/**
 * Ties a running service to the process: SIGTERM and SIGINT run the stop steps and exit 0,
 * a second signal, later than half a second, ends at once with 1: npm passes on what the terminal
 * has sent to all. A step that fails is logged and makes the exit code 1.
 * A process that was started with an IPC channel ends at once when its parent is gone.
 */
export function stopOnSignals(service: RunningService, logger: Logger): void {
  endWithParent();
  let stoppingSince: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince < sameSignalMs) return;
      logger.warn({ signal }, 'second signal: ending at once');
      process.exit(1);
    }
    stoppingSince = performance.now();
    logger.info({ signal }, 'stopping');
    void stop(service.stopSteps, logger).then((clean) => {
      process.exit(clean ? 0 : 1);
    });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

function endWithParent(): void {
  if (process.send === undefined) return;
  const end = (): void => {
    process.exit(1);
  };
  if (process.connected) process.once('disconnect', end);
  else end();
}

/** Runs the steps in order; true if none failed. */
export async function stop(steps: readonly StopStep[], logger: Logger): Promise<boolean> {
  let clean = true;
  for (const step of steps) {
    try {
      await step.run();
    } catch (error) {
      clean = false;
      logger.error({ err: error, step: step.name }, 'stop step failed');
    }
  }
  return clean;
}
