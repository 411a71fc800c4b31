import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseMeta } from '../schema';

/** The files of a version that lies in a directory, with their hashes. */
export async function describedFiles(
  directory: string,
): Promise<{ readonly sha256: string; readonly file: string }[]> {
  const meta = parseMeta(await readFile(path.join(directory, 'meta.json'), 'utf8'));
  return [meta, ...(meta.companions ?? [])].map(({ sha256, file }) => ({
    sha256,
    file: path.join(directory, file),
  }));
}
