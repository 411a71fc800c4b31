import { existsSync, mkdtempSync, renameSync } from 'node:fs';
import path from 'node:path';
import { freePort } from './free-port';
import { eventually, startProcess } from './processes';
import { runFolder } from './run-folder';

/** The models that a cluster of a test begins with where it does not say others. */
export const exampleModels = path.resolve('examples/models');

/** A busy machine takes long to try a model that computes for 300 ms. */
const preparedMs = 100_000;

/**
 * A repository that has begun with the example models, to be copied. A modelhost tries each of
 * them once per run of Jest instead of once per cluster, which is most of what a start takes.
 */
export async function preparedRepository(): Promise<string> {
  const prepared = path.join(runFolder(), 'prepared');
  if (!existsSync(prepared)) await prepare(prepared);
  return prepared;
}

/** Another worker of Jest may do the same at the same time: whoever is first counts. */
async function prepare(prepared: string): Promise<void> {
  const folder = mkdtempSync(path.join(runFolder(), 'preparing-'));
  const repository = path.join(folder, 'models');
  const port = await freePort();
  const host = startProcess('preparing', 'modelhost/main.js', {
    TMPDIR: folder,
    PORT: String(port),
    MODEL_REPOSITORY: repository,
    EXAMPLE_MODELS: exampleModels,
    CORES: '1',
  });
  try {
    const ready = async (): Promise<true | undefined> => {
      const { ok } = await fetch(`http://127.0.0.1:${port}/v2/health/ready`);
      return ok ? true : undefined;
    };
    await eventually('the example models are prepared', ready, preparedMs);
  } catch (error) {
    throw new Error(`the example models cannot be prepared:\n${host.log()}`, { cause: error });
  } finally {
    await host.end('SIGTERM');
  }
  if (!existsSync(prepared)) renameSync(repository, prepared);
}
