import path from 'node:path';
import type { ModelFile, ModelFiles } from '../models';
import { contentHash, filesIn } from './content-hash';
import { ifThere, type FileSystem } from './file-system';
import type { StoredVersion } from './snapshot';

/** What was uploaded or put there as a version, so that it can be uploaded again. */
export async function filesOf(fs: FileSystem, version: StoredVersion): Promise<ModelFiles> {
  const { meta } = version;
  const directory = path.dirname(version.path);
  const stored = filesIn(meta);
  const sha256 = contentHash(stored);
  const files: ModelFile[] = stored.map(({ name, bytes: size }) => ({
    name,
    path: path.join(directory, name),
    bytes: size,
  }));
  const createdAt = Date.parse(meta.createdAt) || 0;
  if (files.length === 1) return { sha256, files, createdAt };
  for (const name of ['config.json', 'config.pbtxt']) {
    const config = path.join(directory, name);
    const stat = await ifThere(fs.lstat(config));
    if (stat !== undefined) files.push({ name, path: config, bytes: stat.size });
  }
  return { sha256, files, createdAt };
}
