import { randomUUID } from 'node:crypto';
import { ensureDirectory, errorCode, writeDurably, type FileSystem } from './file-system';
import type { Layout } from './layout';

/**
 * Creates a file with its whole content at once and on the disk; false if it is there already.
 * It is written aside and then linked, so that neither a reader nor a crash ever meets a half.
 */
export async function createAtomically(
  fs: FileSystem,
  layout: Layout,
  target: string,
  text: string,
): Promise<boolean> {
  await ensureDirectory(fs, layout.staging);
  const draft = layout.staged(`draft-${randomUUID()}`);
  try {
    await writeDurably(fs, draft, text);
    await fs.link(draft, target);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await fs.rm(draft, { force: true });
  }
}
