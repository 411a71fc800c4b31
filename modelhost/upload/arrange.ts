import { mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import { ownFiles } from '../../protocol/control/own-files';
import { withClassLabels } from '../model-config/class-labels';
import { configFromText, type ConfigSource } from '../model-config/config-files';
import type { ConfigFormat } from '../model-config/parse-config';
import { plainLocation } from '../onnx/external-files';
import { modelFileName, ortFileName, storedModelName } from '../onnx/model-format';
import { readModelFacts } from '../onnx/read-model';
import type { StagedUpload } from '../models';
import type { StoredFile } from '../repository/content-hash';
import { storing } from '../repository/storage-fault';
import { TakenNames } from './file-name';
import type { ReceivedFile } from './inbox';
import { modelAmong, type VersionPlace } from './model-among';

/** The files of one upload, by the names that they have below the place of the version. */
export interface Gathered {
  readonly files: readonly ReceivedFile[];
  readonly place: VersionPlace;
  /** The model, where the caller said which it is. */
  readonly model?: ReceivedFile;
  /** Text of a configuration that came beside the files. */
  readonly config?: string;
}

/** A version in its staging place. */
export interface Arranged {
  /** The model first. */
  readonly files: readonly StoredFile[];
  readonly config: ConfigSource | undefined;
  /** Files that the model and its configuration do not name, which are not kept. */
  readonly unused: readonly string[];
}

export interface ArrangeParts {
  readonly staged: Pick<StagedUpload, 'directory'>;
  /** A file of the model's directory in the repository, where labels may lie. */
  readonly readStanding: (name: string) => Promise<string | undefined>;
}

/** Longest configuration or label file, in bytes. */
const maxTextBytes = 1024 * 1024;

/**
 * Moves what belongs to the version from the inbox into the staging place: the model, the external
 * data that it names, the label files that its configuration names. Throws model_rejected,
 * invalid_request.
 */
export async function arrange(gathered: Gathered, parts: ArrangeParts): Promise<Arranged> {
  const own = namesBelow(gathered.files, gathered.place.version);
  const around = namesBelow(gathered.files, gathered.place.model);
  const find = (name: string): ReceivedFile | undefined => own.get(name) ?? around.get(name);
  const { source, file: configFile } = await configOf(gathered, own, around);
  const model = gathered.model ?? modelIn(own, source);
  const config = await withClassLabels(source, async (name) => {
    const file = find(name);
    return file === undefined ? await parts.readStanding(name) : await textOf(file);
  });
  const labels = (source?.config.outputs ?? []).flatMap(({ labelFilename }) => labelFilename ?? []);
  const beside = new Map<string, ReceivedFile>();
  const names = gathered.files.length > 1 ? await externalNames(model) : [];
  for (const name of [...labels, ...names]) {
    const file = find(name);
    if (file !== undefined && file !== model) beside.set(name, file);
  }
  const files = await storing(() => moved(model, beside, parts.staged.directory));
  const kept = new Set([model, configFile, ...beside.values()]);
  const unused = gathered.files.filter((file) => !kept.has(file)).map(({ name }) => name);
  return { files, config, unused };
}

function namesBelow(
  files: readonly ReceivedFile[],
  directory: string,
): ReadonlyMap<string, ReceivedFile> {
  return new Map(
    files
      .filter(({ name }) => name.startsWith(directory))
      .map((file) => [file.name.slice(directory.length), file]),
  );
}

type Files = ReadonlyMap<string, ReceivedFile>;

interface FoundConfig {
  readonly source: ConfigSource | undefined;
  readonly file?: ReceivedFile;
}

/** One configuration, wherever it came from. */
async function configOf(gathered: Gathered, own: Files, around: Files): Promise<FoundConfig> {
  const { config: text } = gathered;
  const found = new Set(
    configNames.flatMap((name) => [own.get(name) ?? [], around.get(name) ?? []].flat()),
  );
  const [file, other] = found;
  if (other !== undefined || (file !== undefined && text !== undefined)) {
    throw new ShoalError(
      'invalid_request',
      'The upload brings several configurations; wanted is one: config.json, config.pbtxt, or the field config.',
    );
  }
  if (text !== undefined) return { source: configFromText(text, formatOf(text)) };
  if (file === undefined) return { source: undefined };
  const format = file.name.endsWith('.pbtxt') ? 'config.pbtxt' : 'config.json';
  return { source: configFromText(await textOf(file), format), file };
}

const configNames = ['config.json', 'config.pbtxt'];

/** Triton's text form starts with a field's name, JSON with a brace. */
function formatOf(text: string): ConfigFormat {
  return /^\s*\{/.test(text) ? 'config.json' : 'config.pbtxt';
}

function modelIn(own: Files, source: ConfigSource | undefined): ReceivedFile {
  const names = [...own.keys()].filter((name) => !name.includes('/'));
  const name = modelAmong(names, source?.config.defaultModelFilename);
  const model = own.get(name ?? '');
  if (model !== undefined) return model;
  throw new ShoalError(
    'model_rejected',
    `It is not clear which file is the model: call one of them ${modelFileName} or ${ortFileName}, or name ` +
      `it in default_model_filename. There are ${names.slice(0, 10).join(', ')}.`,
  );
}

async function textOf({ name, at, bytes }: ReceivedFile): Promise<string> {
  if (bytes <= maxTextBytes) return await readFile(at, 'utf8');
  throw new ShoalError('model_rejected', `The file '${name}' has more than ${maxTextBytes} bytes.`);
}

async function externalNames(model: ReceivedFile): Promise<string[]> {
  const { externalData } = await readModelFacts(model.at);
  return [...new Set(externalData.map(({ location }) => plainLocation(location)))];
}

async function moved(model: ReceivedFile, beside: Files, directory: string): Promise<StoredFile[]> {
  const taken = new TakenNames();
  for (const name of [...ownFiles, modelFileName, ortFileName]) taken.add(name);
  for (const name of beside.keys()) {
    if (taken.add(name)) continue;
    throw new ShoalError(
      'model_rejected',
      `No file beside the model can be called '${name}': the name is taken, or the server's own.`,
    );
  }
  const files: StoredFile[] = [];
  const modelName = await storedModelName(model.at, model.name);
  for (const [name, { at, sha256, bytes }] of [[modelName, model] as const, ...beside]) {
    const target = path.join(directory, name);
    await mkdir(path.dirname(target), { recursive: true });
    await rename(at, target);
    files.push({ name, sha256, bytes });
  }
  return files;
}
