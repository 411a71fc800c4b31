import path from 'node:path';
import { ShoalError } from '../../core/errors';
import { withClassLabels } from '../model-config/class-labels';
import { readConfigFiles } from '../model-config/config-files';
import { emptyConfig } from '../model-config/model-config';
import { modelFileName, ortFileName } from '../onnx/model-format';
import { modelConfigSource, type AdoptionTools } from './adopt-bare';
import type { StoredFile } from './content-hash';
import { ifThere } from './file-system';
import { versionFileName } from './layout';
import { withFoundVersion } from './model-state';
import { sha256Of } from './sha256-of';
import type { WorkPlace } from './storage';

/**
 * Makes a version of files that somebody put there in Triton's layout, by checking its model and
 * writing meta.json. Its own configuration counts, else the model's, which is copied. Resolves with
 * the version; undefined where another host was faster.
 */
export async function adoptDirectory(
  tools: AdoptionTools,
  model: string,
  version: number,
): Promise<number | undefined> {
  const { storage } = tools;
  // Another host was faster than this one's last look at the repository.
  if ((await storage.read(versionFileName(model, version, 'meta.json'))) !== undefined)
    return undefined;
  const made = await storage.lookInto(model, version, (place) => adoptFiles(tools, model, place));
  await tools.states.update(model, (state) =>
    version > state.lastVersion
      ? withFoundVersion(state, version, new Date().toISOString())
      : undefined,
  );
  return made ? version : undefined;
}

async function adoptFiles(
  { fs, storage, check, publisher }: AdoptionTools,
  model: string,
  place: WorkPlace,
): Promise<boolean> {
  const readOwn = (name: string): Promise<string | undefined> =>
    ifThere(fs.readFile(path.join(place.directory, name), 'utf8'));
  const own = await withClassLabels(
    await readConfigFiles(readOwn),
    async (name) => (await readOwn(name)) ?? (await storage.read(`${model}/${name}`)),
  );
  const source = own ?? (await modelConfigSource(storage, model));
  const config = source?.config ?? emptyConfig;
  const name = await modelIn(fs, place, config.defaultModelFilename);
  const file = path.join(place.directory, path.basename(name));
  const checked = await check(file, config);
  const files = await storedFiles(fs, place, [name, ...(checked.externalFiles ?? [])]);
  return publisher.describe(place, files, checked, source);
}

/** The file that is configured; without a configuration either of the usual two. */
async function modelIn(
  fs: AdoptionTools['fs'],
  { directory }: WorkPlace,
  configured: string,
): Promise<string> {
  const names = configured === modelFileName ? [configured, ortFileName] : [configured];
  for (const name of names) {
    const stat = await ifThere(fs.lstat(path.join(directory, path.basename(name))));
    if (stat?.isFile() === true) return name;
  }
  const wanted = names.map((name) => `'${name}'`).join(' or ');
  throw new ShoalError(
    'model_rejected',
    `It has no file ${wanted}. Call the model so, or name it in default_model_filename of its configuration.`,
  );
}

async function storedFiles(
  fs: AdoptionTools['fs'],
  { directory }: WorkPlace,
  names: readonly string[],
): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for (const name of names) {
    const file = path.join(directory, name);
    const { size } = await fs.lstat(file);
    files.push({ name, sha256: await sha256Of(file), bytes: size });
  }
  return files;
}
