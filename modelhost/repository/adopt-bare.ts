import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { ShoalError } from '../../core/errors';
import { withClassLabels } from '../model-config/class-labels';
import { readConfigFiles, type ConfigSource } from '../model-config/config-files';
import { emptyConfig } from '../model-config/model-config';
import { ifThere, type FileSystem } from './file-system';
import type { Layout } from './layout';
import { withDefault, withoutModel, withoutVersions } from './model-state';
import type { ModelState } from './model-state';
import { modelFileName, type Publisher } from './publish';
import { findSame, type BareFile, type ModelSnapshot } from './snapshot';
import type { StateStore } from './state-store';
import type { CheckModel } from './version-meta';

/** What adoption works with. */
export interface AdoptionTools {
  readonly fs: FileSystem;
  readonly layout: Layout;
  readonly states: StateStore;
  readonly publisher: Publisher;
  readonly check: CheckModel;
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/**
 * The operator's configuration of a model with its labels, if there is one. Throws
 * invalid_request, model_rejected.
 */
export async function modelConfigSource(
  tools: Pick<AdoptionTools, 'fs' | 'layout'>,
  model: string,
): Promise<ConfigSource | undefined> {
  const read = (name: string): Promise<string | undefined> => readOfModel(tools, model, name);
  return withClassLabels(await readConfigFiles(read), read);
}

/** A file in the model's directory, beside its versions; undefined where there is none. */
export function readOfModel(
  { fs, layout }: Pick<AdoptionTools, 'fs' | 'layout'>,
  model: string,
  name: string,
): Promise<string | undefined> {
  return ifThere(fs.readFile(`${layout.model(model)}/${name}`, 'utf8'));
}

/** True where the state has not taken in this file, as it is now. */
export function isNewBare(state: ModelState, bare: BareFile): boolean {
  const { adopted } = state;
  return (
    adopted?.file !== bare.file || adopted.size !== bare.size || adopted.mtimeMs !== bare.mtimeMs
  );
}

/**
 * Copies `<name>.onnx` from the root into the model's next version and makes that the default.
 * The same bytes as a version that is there already only make that the default.
 */
export async function adoptBare(
  tools: AdoptionTools,
  model: string,
  bare: BareFile,
  current: ModelSnapshot | undefined,
): Promise<void> {
  const { fs, layout, publisher } = tools;
  // Another host was faster than this one's last look at the repository.
  if (!isNewBare(await tools.states.read(model), bare)) return;
  const config = await modelConfigSource(tools, model);
  const place = await publisher.stage();
  try {
    await fs.copyFile(layout.bare(bare.file), place.file, constants.COPYFILE_FICLONE);
    const stat = await ifThere(fs.lstat(layout.bare(bare.file)));
    // It is being written to after all: a later scan will see it again.
    if (stat?.size !== bare.size || stat.mtimeMs !== bare.mtimeMs) return;
    const sha256 = await sha256Of(place.file);
    const same = findSame(current?.versions ?? [], sha256, config);
    if (same !== undefined) {
      await remember(tools, model, bare, same.version);
      return;
    }
    const checked = await tools.check(place.file, config?.config ?? emptyConfig);
    const file = { file: modelFileName, sha256, bytes: bare.size };
    await publisher.describe(place.directory, file, checked, config);
    await remember(tools, model, bare, await publisher.publish(place, model));
  } finally {
    await place.discard();
  }
}

/** Two hosts that adopted the same file at once: the second takes its own version away again. */
async function remember(
  tools: AdoptionTools,
  model: string,
  bare: BareFile,
  version: number,
): Promise<void> {
  const { file, size, mtimeMs } = bare;
  await tools.states.update(model, (state) => {
    if (isNewBare(state, bare)) {
      return { ...withDefault(state, version), adopted: { file, size, mtimeMs, version } };
    }
    return state.adopted?.version === version ? undefined : withoutVersions(state, [version]);
  });
}

/** The file has gone: so does the model, unless a later version is the default by now. */
export async function abandonBare(tools: AdoptionTools, model: ModelSnapshot): Promise<void> {
  const file = model.state.adopted?.file;
  const versions = model.versions.map((stored) => stored.version);
  await tools.states.update(model.name, (state) => {
    if (state.adopted?.file !== file || state.adopted === null) return undefined;
    const rest = { ...state, adopted: null };
    return state.adopted.version === state.default ? withoutModel(rest, versions) : rest;
  });
}

/** What a failed adoption is listed with. */
export function adoptionFault(error: unknown): string {
  if (error instanceof ShoalError) return error.message;
  return 'It could not be read or written; the log of the modelhost has the reason.';
}
