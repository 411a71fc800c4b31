import path from 'node:path';
import { ShoalError } from '../../core/errors';
import { withClassLabels } from '../model-config/class-labels';
import { readConfigFiles } from '../model-config/config-files';
import { emptyConfig } from '../model-config/model-config';
import { modelConfigSource, readOfModel, sha256Of, type AdoptionTools } from './adopt-bare';
import { ifThere } from './file-system';
import { generationsIn } from './layout';
import { withFoundVersion } from './model-state';

/** Everything in a version's directory with its size and time; '' where a part has just gone. */
export async function directoryStamp(tools: AdoptionTools, directory: string): Promise<string> {
  const names = await ifThere(tools.fs.readdir(directory, { recursive: true }));
  return stampOf(tools, directory, (names ?? []).sort());
}

/** What the operator has written of a model, its configuration and labels, by size and time. */
export async function configStamp(tools: AdoptionTools, model: string): Promise<string> {
  const directory = tools.layout.model(model);
  const entries = (await ifThere(tools.fs.readdir(directory, { withFileTypes: true }))) ?? [];
  const names = entries
    .filter((entry) => entry.isFile() && generationsIn([entry.name]).length === 0)
    .map(({ name }) => name);
  return stampOf(tools, directory, names.sort());
}

async function stampOf(
  { fs }: AdoptionTools,
  directory: string,
  names: readonly string[],
): Promise<string> {
  const stats = names.map(async (name) => {
    const stat = await ifThere(fs.lstat(path.join(directory, name)));
    return stat === undefined ? '' : `${name} ${stat.size} ${stat.mtimeMs}`;
  });
  return (await Promise.all(stats)).join('\n');
}

/**
 * Makes a version of a directory that somebody put there in Triton's layout, by checking its
 * model and writing meta.json. Its own configuration counts, else the model's, which is copied.
 */
export async function adoptDirectory(
  tools: AdoptionTools,
  model: string,
  version: number,
): Promise<void> {
  const { fs, layout } = tools;
  const directory = layout.version(model, version);
  // Another host was faster than this one's last look at the repository.
  if ((await ifThere(fs.lstat(path.join(directory, 'meta.json')))) !== undefined) return;
  const readOwn = (name: string): Promise<string | undefined> =>
    ifThere(fs.readFile(path.join(directory, name), 'utf8'));
  const own = await withClassLabels(
    await readConfigFiles(readOwn),
    async (name) => (await readOwn(name)) ?? (await readOfModel(tools, model, name)),
  );
  const source = own ?? (await modelConfigSource(tools, model));
  const config = source?.config ?? emptyConfig;
  const name = config.defaultModelFilename;
  const file = layout.file(model, version, name);
  const stat = await ifThere(fs.lstat(file));
  if (stat?.isFile() !== true) {
    throw new ShoalError('model_rejected', `Version ${version} has no file '${name}'.`);
  }
  const checked = await tools.check(file, config);
  const facts = { file: name, sha256: await sha256Of(file), bytes: stat.size };
  await tools.publisher.describe(directory, facts, checked, source);
  await tools.states.update(model, (state) =>
    version > state.lastVersion ? withFoundVersion(state, version) : undefined,
  );
}
