import { promises as fs } from 'node:fs';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import { ownFiles } from '../../protocol/control/own-files';
import { isVersionNumber } from '../../protocol/model-name';
import { readConfigFiles, type ConfigSource } from '../model-config/config-files';
import { errorCode, ifThere } from '../repository/file-system';
import { storedModelName } from '../onnx/model-format';
import { modelAmong } from '../upload/model-among';

/** A model that lies outside the repository: its files, and where they go in a version's directory. */
export interface ModelSource {
  /** Where the model goes, one of the files. */
  readonly model: string;
  readonly files: readonly SourceFile[];
  readonly bytes: number;
  readonly config: ConfigSource | undefined;
}

interface SourceFile {
  /** Absolute, without links. */
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
}

/** More files than this are no model. */
const maxFiles = 10_000;

/**
 * The model at `place`, which has to lie below `root` also where links lead: an ONNX file, or a
 * directory with model.onnx or one other ONNX file, or with numbered directories of which the
 * highest counts; external data and the configuration beside it. Undefined where nothing of that is
 * there. Throws invalid_request for what lies outside.
 */
export async function findModel(root: string, place: string): Promise<ModelSource | undefined> {
  const base = await ifThere(fs.realpath(root));
  const wanted = path.resolve(root, place);
  if (!isBelow(path.resolve(root), wanted)) throw outside();
  if (base === undefined) return undefined;
  const found = await realPlace(wanted);
  if (found === undefined) return undefined;
  if (!isBelow(base, found)) throw outside();
  const stat = await fs.stat(found);
  if (stat.isFile()) {
    const model = await storedModelName(found, path.basename(found));
    const files = [{ from: found, to: model, bytes: stat.size }];
    return { model, files, bytes: stat.size, config: undefined };
  }
  return await inDirectory(base, found);
}

async function inDirectory(base: string, directory: string): Promise<ModelSource | undefined> {
  const inner = await versionDirectory(base, directory);
  if (inner === undefined) return undefined;
  const files = await filesBelow(base, inner.directory, '');
  const config = (await configIn(base, directory)) ?? (await configIn(base, inner.directory));
  const model = await storedModelName(path.join(inner.directory, inner.model), inner.model);
  return {
    model,
    files: files.map((file) => (file.to === inner.model ? { ...file, to: model } : file)),
    bytes: files.reduce((all, file) => all + file.bytes, 0),
    config,
  };
}

interface VersionDirectory {
  readonly directory: string;
  /** Name of the model file there. */
  readonly model: string;
}

async function versionDirectory(
  base: string,
  directory: string,
): Promise<VersionDirectory | undefined> {
  const names = await fs.readdir(directory);
  const model = modelAmong(names);
  if (model !== undefined) return { directory, model };
  const numbers = names.filter(isVersionNumber).sort((a, b) => Number(b) - Number(a));
  for (const number of numbers) {
    const inner = await realPlace(path.join(directory, number));
    if (inner === undefined) continue;
    if (!isBelow(base, inner)) throw outside();
    if (!(await fs.stat(inner)).isDirectory()) continue;
    const inside = modelAmong(await fs.readdir(inner));
    if (inside !== undefined) return { directory: inner, model: inside };
  }
  return undefined;
}

async function filesBelow(base: string, directory: string, prefix: string): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const name of (await fs.readdir(directory)).sort()) {
    if (prefix === '' && ownFiles.has(name)) continue;
    const from = await realPlace(path.join(directory, name));
    if (from === undefined) throw wrong('it has a link that leads nowhere');
    if (!isBelow(base, from)) throw outside();
    const stat = await fs.stat(from);
    const to = `${prefix}${name}`;
    if (stat.isFile()) files.push({ from, to, bytes: stat.size });
    else if (stat.isDirectory() && prefix.split('/').length < 8) {
      files.push(...(await filesBelow(base, from, `${to}/`)));
    }
    if (files.length > maxFiles) throw wrong(`it has more than ${maxFiles} files`);
  }
  return files;
}

async function configIn(base: string, directory: string): Promise<ConfigSource | undefined> {
  return await readConfigFiles(async (name) => {
    const file = await ifThere(fs.realpath(path.join(directory, name)));
    if (file === undefined) return undefined;
    if (!isBelow(base, file)) throw outside();
    return await fs.readFile(file, 'utf8');
  });
}

/** Copies the files into a directory that is there. */
export async function copyModel({ files }: ModelSource, directory: string): Promise<void> {
  for (const { from, to } of files) {
    const target = path.join(directory, to);
    if (to.includes('/')) await fs.mkdir(path.dirname(target), { recursive: true });
    await fs.copyFile(from, target, fs.constants.COPYFILE_FICLONE);
  }
}

const nowhere: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP']);

/** Without links; undefined where nothing is, or where nothing can be. */
async function realPlace(place: string): Promise<string | undefined> {
  if (place.includes('\0')) return undefined;
  try {
    return await fs.realpath(place);
  } catch (error) {
    if (nowhere.has(errorCode(error))) return undefined;
    throw error;
  }
}

function isBelow(base: string, place: string): boolean {
  return place === base || place.startsWith(base.endsWith(path.sep) ? base : base + path.sep);
}

function outside(): ShoalError {
  return wrong('it leads out of SAGEMAKER_MODELS_ROOT, below which all models lie');
}

function wrong(why: string): ShoalError {
  return new ShoalError('invalid_request', `url: no model is read from there: ${why}.`);
}
