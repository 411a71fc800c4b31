import path from 'node:path';
import type { FileSystem } from './file-system';

/** Copies files and directories; whatever else is there is left out. */
export async function copyTree(fs: FileSystem, source: string, target: string): Promise<void> {
  await fs.mkdir(target, { recursive: true });
  for (const entry of await fs.readdir(source, { withFileTypes: true })) {
    const from = path.join(source, entry.name);
    const to = path.join(target, entry.name);
    if (entry.isDirectory()) await copyTree(fs, from, to);
    else if (entry.isFile()) await fs.copyFile(from, to);
  }
}
