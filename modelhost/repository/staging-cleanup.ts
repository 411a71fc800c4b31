import path from 'node:path';
import { ifThere, type FileSystem } from './file-system';

/** What nobody has written to for this long belongs to a process that died. */
export const abandonedMs = 3_600_000;

/** Removes what crashes left in the staging directory; `now` in milliseconds since 1970. */
export async function cleanStaging(fs: FileSystem, staging: string, now: number): Promise<void> {
  for (const name of (await ifThere(fs.readdir(staging))) ?? []) {
    const entry = path.join(staging, name);
    const newest = await newestChange(fs, entry);
    if (newest !== undefined && now - newest > abandonedMs) {
      await fs.rm(entry, { recursive: true, force: true });
    }
  }
}

async function newestChange(fs: FileSystem, entry: string): Promise<number | undefined> {
  const stat = await ifThere(fs.lstat(entry));
  if (stat === undefined) return undefined;
  let newest = stat.mtimeMs;
  if (!stat.isDirectory()) return newest;
  for (const name of (await ifThere(fs.readdir(entry))) ?? []) {
    const inside = await ifThere(fs.lstat(path.join(entry, name)));
    newest = Math.max(newest, inside?.mtimeMs ?? 0);
  }
  return newest;
}
