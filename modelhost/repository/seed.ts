import path from 'node:path';
import { isModelName } from '../../protocol/model-name';
import type { FileSystem } from './file-system';
import type { Storage } from './storage';

/**
 * Copies the example models into an empty repository. Of several hosts that start together one
 * does it and the others wait for it; where that one dies, another goes on.
 */
export async function seedRepository(
  fs: FileSystem,
  storage: Storage,
  examples: string,
  wait: () => Promise<void>,
): Promise<void> {
  const seed = async (begun: boolean): Promise<void> => {
    if (!begun && !(await storage.isEmpty())) return;
    for (const entry of await fs.readdir(examples, { withFileTypes: true })) {
      if (entry.isDirectory() && isModelName(entry.name)) {
        await storage.addModel(path.join(examples, entry.name), entry.name);
      }
    }
  };
  for (;;) {
    // Whoever has finished has let the claim go.
    const begun = await storage.claims.held('seed');
    if (!begun && !(await storage.isEmpty())) return;
    if (await storage.claims.with('seed', () => seed(begun))) return;
    await wait();
  }
}
