import type { LoadMeasure, RunnerLoad } from '../runner/control';
import type { Entry } from './entry';
import { RunnerGone, type RunnerProcess } from './runner-process';

/**
 * Loads a version while its files are looked at, which counts more than what the runtime says of
 * them: what is not as it was published is not kept. Rejects as `RunnerProcess.load` does, and with
 * what is wrong with the files.
 */
export async function loadChecked(
  process: Pick<RunnerProcess, 'load' | 'unload' | 'gone'>,
  { order: { model, version, checkFiles }, mark }: Entry,
  message: Omit<RunnerLoad, 'kind' | 'call'>,
): Promise<LoadMeasure> {
  if (checkFiles === undefined) return process.load(message);
  const checked = checkFiles();
  checked.catch(() => undefined);
  const [loaded] = await Promise.allSettled([process.load(message)]);
  if (loaded.status === 'rejected' && loaded.reason instanceof RunnerGone) throw loaded.reason;
  try {
    await checked;
    // They may have been exchanged while they were loaded.
    await checkFiles();
  } catch (error) {
    if (loaded.status === 'fulfilled') await process.unload({ model, version, mark });
    throw error;
  }
  if (loaded.status === 'rejected') throw loaded.reason;
  // That may take long, and nobody asks the process meanwhile.
  if (process.gone) throw new RunnerGone();
  return loaded.value;
}
