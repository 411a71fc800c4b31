import type { LifecycleOptions } from './lifecycle';
import type { ModelLife } from './model-life';
import { doubledMs } from './retry';
import type { Timers } from './timers';

export interface RemoveParts {
  readonly options: Pick<LifecycleOptions, 'removeVersion' | 'logger' | 'retryDelayMs'>;
  readonly timers: Timers;
  /** Told when what could not be removed may be tried again. */
  readonly onDue: (model: string) => void;
}

/**
 * Removes a deleted version's files. Where that cannot be, the version is due again after a while,
 * each time longer: the repository may be away.
 */
export async function removeFiles(
  { options, timers, onDue }: RemoveParts,
  { removing, removals }: ModelLife,
  model: string,
  version: number,
): Promise<void> {
  const { removeVersion, logger, retryDelayMs = doubledMs } = options;
  removing.add(version);
  try {
    await removeVersion(model, version);
    removals.delete(version);
    logger.info({ model, version }, 'files removed');
  } catch (error) {
    const failures = (removals.get(version) ?? 0) + 1;
    removals.set(version, failures);
    const level = failures === 1 ? 'warn' : 'debug';
    logger[level]({ model, version, err: error }, 'files could not be removed');
    timers.later(retryDelayMs(failures), () => {
      removing.delete(version);
      onDue(model);
    });
  }
}
