import { constants } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { ShoalError } from '../core/errors';
import type { OverrideFiles } from '../protocol/control/load-parameters';
import { ownFiles } from '../protocol/control/own-files';
import { uploadTooLarge } from '../serving/upload-limit';
import { modelFileName, ortFileName } from './onnx/model-format';
import { filesIn, type StoredFile } from './repository/content-hash';
import type { FileSystem } from './repository/file-system';
import { sha256Of } from './repository/sha256-of';
import type { StoredVersion } from './repository/snapshot';
import type { Gathered } from './upload/arrange';
import { ByteBudget } from './upload/byte-budget';
import type { Inbox, ReceivedFile } from './upload/inbox';
import { modelAmong } from './upload/model-among';

/**
 * Puts a version's files into the staging directory, without its configuration, and tells them, the
 * model first.
 */
export async function copyVersion(
  fs: FileSystem,
  directory: string,
  { path: source, meta }: StoredVersion,
): Promise<StoredFile[]> {
  const from = path.dirname(source);
  const model = path.basename(meta.file);
  const known = meta.companions === undefined ? [] : filesIn(meta).map(({ name }) => name);
  const names = known.length > 0 ? known : await filesBelow(fs, from);
  const files: StoredFile[] = [];
  for (const name of [model, ...names.filter((each) => each !== model)]) {
    const there = path.join(directory, name);
    await fs.mkdir(path.dirname(there), { recursive: true });
    await fs.copyFile(path.join(from, name), there, constants.COPYFILE_FICLONE);
    const { size } = await fs.lstat(there);
    files.push({ name, sha256: await sha256Of(there), bytes: size });
  }
  return files;
}

async function filesBelow(fs: FileSystem, directory: string): Promise<string[]> {
  const entries = await fs.readdir(directory, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .filter((name) => !ownFiles.has(name));
}

/**
 * The files of a load call, as those of an upload. The model is the file that the configuration
 * names, or the usual one, or the only one. Throws invalid_request where none of them is there.
 */
export async function gatherFiles(
  inbox: Inbox,
  { files }: OverrideFiles,
  configured: string,
  maxBytes: number,
): Promise<Gathered> {
  const names = [...files.keys()];
  const name = names.length === 1 ? names[0] : modelAmong(names, configured);
  const budget = new ByteBudget(maxBytes, () => uploadTooLarge(maxBytes));
  const received: ReceivedFile[] = [];
  for (const [each, bytes] of files) {
    received.push(await inbox.receive(each, Readable.from([bytes]), budget));
  }
  const model = received.find((file) => file.name === name);
  if (model !== undefined) return { files: received, place: { version: '', model: '' }, model };
  throw new ShoalError(
    'invalid_request',
    `None of the files is the model: wanted '${configured}', ${modelFileName} or ${ortFileName}, got ${names.join(', ')}.`,
  );
}
