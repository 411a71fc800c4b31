import path from 'node:path';
import { isModelName } from '../../protocol/model-name';
import type { FileSystem } from './file-system';
import type { Storage } from './storage';

/**
 * Copies the example models into an empty repository. Of several hosts that start together one
 * does it and the others wait for it.
 */
export async function seedRepository(
  fs: FileSystem,
  storage: Storage,
  examples: string,
  wait: () => Promise<void>,
): Promise<void> {
  const seed = async (): Promise<void> => {
    if (!(await storage.isEmpty())) return;
    for (const entry of await fs.readdir(examples, { withFileTypes: true })) {
      if (entry.isDirectory() && isModelName(entry.name)) {
        await storage.addModel(path.join(examples, entry.name), entry.name);
      }
    }
  };
  while ((await storage.isEmpty()) || (await storage.claims.held('seed'))) {
    if (await storage.claims.with('seed', seed)) return;
    await wait();
  }
}
