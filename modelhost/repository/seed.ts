import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { isModelName } from '../../protocol/model-name';
import { createClaims } from './claim';
import { errorCode, type FileSystem } from './file-system';
import type { Layout } from './layout';

/**
 * Copies the example models into an empty repository; each appears whole or not at all. Of
 * several hosts that start together one does it and the others wait for it.
 */
export async function seedRepository(
  fs: FileSystem,
  layout: Layout,
  examples: string,
  wait: () => Promise<void>,
): Promise<void> {
  const withClaim = createClaims(fs, layout);
  const seed = async (): Promise<void> => {
    if (!(await isEmpty(fs, layout))) return;
    for (const entry of await fs.readdir(examples, { withFileTypes: true })) {
      if (entry.isDirectory() && isModelName(entry.name)) {
        await copyModel(fs, layout, path.join(examples, entry.name), entry.name);
      }
    }
  };
  while ((await isEmpty(fs, layout)) || (await claimed(fs, layout))) {
    if (await withClaim('seed', seed)) return;
    await wait();
  }
}

async function isEmpty(fs: FileSystem, layout: Layout): Promise<boolean> {
  return (await fs.readdir(layout.root)).every((name) => name.startsWith('.'));
}

async function claimed(fs: FileSystem, layout: Layout): Promise<boolean> {
  try {
    await fs.lstat(layout.staged('claim-seed'));
    return true;
  } catch {
    return false;
  }
}

async function copyModel(
  fs: FileSystem,
  layout: Layout,
  source: string,
  model: string,
): Promise<void> {
  const draft = layout.staged(`seed-${randomUUID()}`);
  await copyTree(fs, source, draft);
  try {
    await fs.rename(draft, layout.model(model));
  } catch (error) {
    await fs.rm(draft, { recursive: true, force: true });
    if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST') throw error;
  }
}

/** Files and directories; whatever else is there is left out. */
async function copyTree(fs: FileSystem, source: string, target: string): Promise<void> {
  await fs.mkdir(target, { recursive: true });
  for (const entry of await fs.readdir(source, { withFileTypes: true })) {
    const from = path.join(source, entry.name);
    const to = path.join(target, entry.name);
    if (entry.isDirectory()) await copyTree(fs, from, to);
    else if (entry.isFile()) await fs.copyFile(from, to);
  }
}
