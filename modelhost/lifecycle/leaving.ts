import type { Logger } from '../../core/logging';
import type { RunnerSupervisor } from '../runners/runner-supervisor';
import type { ModelLife, VersionLife } from './model-life';
import type { WantedModel } from './next-action';

/** What is on its way out and wanted again stays. */
export function keepWanted(life: ModelLife | undefined, wanted: WantedModel | undefined): void {
  for (const one of life?.versions.values() ?? []) {
    if (wanted?.versions.get(one.stored.version) === one.key) one.leaving = false;
  }
}

/**
 * Has a version of an unloaded model answer what was resolved before, until nobody asks any more.
 * False where it has been wanted again meanwhile, or has ended.
 */
export async function leftQuietly(
  one: VersionLife,
  supervisor: Pick<RunnerSupervisor, 'quiet'>,
  logger: Logger,
): Promise<boolean> {
  const { model, version } = one.stored;
  one.leaving = true;
  const departure = ++one.departures;
  try {
    await supervisor.quiet(model, version);
  } catch (error) {
    logger.error({ model, version, err: error }, 'could not be waited for');
  }
  return isLeaving(one, departure);
}

function isLeaving({ leaving, departures, state }: VersionLife, departure: number): boolean {
  return leaving && departures === departure && state === 'ready';
}
