import type { LifecycleOptions } from './lifecycle';
import type { ModelLife } from './model-life';

/** Removes a deleted version's files. Where that cannot be, they stay until the next start. */
export async function removeFiles(
  { removeVersion, logger }: Pick<LifecycleOptions, 'removeVersion' | 'logger'>,
  { removing }: ModelLife,
  model: string,
  version: number,
): Promise<void> {
  removing.add(version);
  try {
    await removeVersion(model, version);
    logger.info({ model, version }, 'files removed');
  } catch (error) {
    logger.warn({ model, version, err: error }, 'files could not be removed');
  }
}
