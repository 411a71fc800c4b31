import { readdirSync, type Dirent } from 'node:fs';
import path from 'node:path';

/**
 * Every file and directory below one. Unlike the recursive `readdirSync` it does not fail when the
 * cluster removes a directory between its being listed and being read.
 */
export function entriesBelow(directory: string): Dirent[] {
  return readIfThere(directory).flatMap((entry) =>
    entry.isDirectory() ? [entry, ...entriesBelow(pathOf(entry))] : [entry],
  );
}

/** The paths of all of them. */
export function filesBelow(directory: string): string[] {
  return entriesBelow(directory).map(pathOf);
}

export function pathOf({ parentPath, name }: Dirent): string {
  return path.join(parentPath, name);
}

function readIfThere(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
