import { stopOnSignals, type RunningService } from './lifecycle';
import type { Logger } from './logging';
import { SettingsError } from './settings';

/**
 * Starts a service and ties it to the process. What is wrong with the settings is said on the
 * standard error, a line each, and the process exits with 1. Told to stop before it has started,
 * it exits with 0 at once.
 */
export async function runMain(
  start: () => { readonly logger: Logger; readonly running: Promise<RunningService> },
): Promise<void> {
  const leave = (): void => process.exit(0);
  process.on('SIGTERM', leave).on('SIGINT', leave).on('disconnect', leave);
  try {
    const { logger, running } = start();
    const service = await running;
    process.off('SIGTERM', leave).off('SIGINT', leave).off('disconnect', leave);
    stopOnSignals(service, logger);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
