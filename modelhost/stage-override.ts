import { constants } from 'node:fs';
import path from 'node:path';
import { ShoalError } from '../core/errors';
import type { OverrideFiles } from '../protocol/control/load-parameters';
import { ownFiles } from '../protocol/control/own-files';
import type { PublishOptions } from './models';
import { sha256Of } from './repository/adopt-bare';
import { writeDurably, type FileSystem } from './repository/file-system';
import { modelFileName } from './repository/publish';
import type { StoredVersion } from './repository/snapshot';

/** What is known of a staged model whose files came with, or for, a load call. */
export type StagedModel = Required<
  Pick<PublishOptions, 'sha256' | 'bytes' | 'file' | 'hasCompanions' | 'wish'>
>;

/** Puts a version's files into the staging directory, without its configuration. */
export async function copyVersion(
  fs: FileSystem,
  directory: string,
  { path: source, meta }: StoredVersion,
): Promise<StagedModel> {
  const from = path.dirname(source);
  let files = 0;
  for (const entry of await fs.readdir(from, { withFileTypes: true, recursive: true })) {
    const here = path.join(entry.parentPath, entry.name);
    const name = path.relative(from, here);
    if (!entry.isFile() || ownFiles.has(name)) continue;
    const there = path.join(directory, name);
    await fs.mkdir(path.dirname(there), { recursive: true });
    await fs.copyFile(here, there, constants.COPYFILE_FICLONE);
    files += 1;
  }
  const { sha256, bytes, file } = meta;
  return { sha256, bytes, file: path.basename(file), hasCompanions: files > 1, wish: 0 };
}

/**
 * Writes the files of a load call. The model is the file that the configuration names, or the usual
 * one, or the only one. Throws invalid_request where none of them is there.
 */
export async function writeFiles(
  fs: FileSystem,
  directory: string,
  { version, files }: OverrideFiles,
  configured: string,
): Promise<StagedModel> {
  const names = [...files.keys()];
  const file = [configured, modelFileName].find((name) => files.has(name)) ?? names[0] ?? '';
  if (!files.has(configured) && !files.has(modelFileName) && names.length > 1) {
    throw new ShoalError(
      'invalid_request',
      `None of the files is the model: wanted '${configured}', got ${names.join(', ')}.`,
    );
  }
  for (const [name, bytes] of files) await writeDurably(fs, path.join(directory, name), bytes);
  return {
    sha256: await sha256Of(path.join(directory, file)),
    bytes: files.get(file)?.length ?? 0,
    file,
    hasCompanions: files.size > 1,
    wish: version,
  };
}
