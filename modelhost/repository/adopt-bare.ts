import path from 'node:path';
import { ShoalError } from '../../core/errors';
import { withClassLabels } from '../model-config/class-labels';
import { readConfigFiles, type ConfigSource } from '../model-config/config-files';
import { emptyConfig } from '../model-config/model-config';
import { storedModelName } from '../onnx/model-format';
import type { FileSystem } from './file-system';
import { isDefaultOfFile, withoutModel, withoutVersions, withSuccessor } from './model-state';
import type { ModelState } from './model-state';
import { stagedPlace, type Publisher } from './publish';
import { sha256Of } from './sha256-of';
import { findSame, type BareFile, type ModelSnapshot } from './snapshot';
import type { StateStore } from './state-store';
import type { Storage } from './storage';
import type { CheckModel } from './version-meta';

/** What adoption works with. */
export interface AdoptionTools {
  readonly fs: FileSystem;
  readonly storage: Storage;
  readonly states: StateStore;
  readonly publisher: Publisher;
  readonly check: CheckModel;
}

/**
 * The operator's configuration of a model with its labels, if there is one. Throws
 * invalid_request, model_rejected.
 */
export async function modelConfigSource(
  storage: Pick<Storage, 'read'>,
  model: string,
): Promise<ConfigSource | undefined> {
  const read = (name: string): Promise<string | undefined> => storage.read(`${model}/${name}`);
  return withClassLabels(await readConfigFiles(read), read);
}

/** True where the state has not taken in this file, as it is now. */
export function isNewBare(state: ModelState, bare: BareFile): boolean {
  const { adopted } = state;
  return (
    adopted?.file !== bare.file ||
    adopted.size !== bare.size ||
    adopted.mtimeMs !== bare.mtimeMs ||
    adopted.etag !== bare.etag
  );
}

/**
 * Copies `<name>.onnx` or `<name>.ort` from the root into the model's next version, which is to be
 * the default. Of the same bytes as a version that is there already, that one is.
 * Resolves with the version; undefined where another host was faster, or it is still being written.
 */
export async function adoptBare(
  tools: AdoptionTools,
  model: string,
  bare: BareFile,
  current: ModelSnapshot | undefined,
): Promise<number | undefined> {
  const { fs, storage, publisher } = tools;
  // Another host was faster than this one's last look at the repository.
  if (!isNewBare(await tools.states.read(model), bare)) return undefined;
  const config = await modelConfigSource(storage, model);
  const place = await publisher.stage();
  try {
    // It is being written to after all: a later scan will see it again.
    if (!(await storage.copyBare(bare, place.file))) return undefined;
    const sha256 = await sha256Of(place.file);
    const same = findSame(current?.versions ?? [], sha256, config);
    if (same !== undefined) return await remember(tools, model, bare, same.version);
    const name = await storedModelName(place.file, bare.file);
    const file = path.join(place.directory, name);
    await fs.rename(place.file, file);
    const checked = await tools.check(file, config?.config ?? emptyConfig);
    const files = [{ name, sha256, bytes: bare.size }];
    await publisher.describe(stagedPlace(fs, place.directory), files, checked, config);
    const version = await publisher.publish(place.directory, model);
    return await remember(tools, model, bare, version);
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
): Promise<number | undefined> {
  const now = await tools.states.update(model, (state) => {
    if (isNewBare(state, bare)) return withBare(state, bare, version);
    return state.adopted?.version === version ? undefined : withoutVersions(state, [version]);
  });
  return now.adopted?.version === version ? version : undefined;
}

function withBare(state: ModelState, bare: BareFile, version: number): ModelState {
  const before = isDefaultOfFile(state) && state.default > 0 ? { before: state.default } : {};
  return {
    ...withSuccessor(state, version, new Date().toISOString()),
    adopted: { ...bare, version, ...before },
  };
}

/** The file has gone: so does the model, unless its default is not of the file. */
export async function abandonBare(tools: AdoptionTools, model: ModelSnapshot): Promise<void> {
  const file = model.state.adopted?.file;
  const versions = model.versions.map((stored) => stored.version);
  await tools.states.update(model.name, (state) => {
    if (state.adopted?.file !== file || state.adopted === null) return undefined;
    const { successor, adopted } = state;
    if (isDefaultOfFile(state)) return withoutModel({ ...state, adopted: null }, versions);
    return { ...state, adopted: null, successor: successor === adopted.version ? 0 : successor };
  });
}

/** What a failed adoption is listed with. */
export function adoptionFault(error: unknown): string {
  if (error instanceof ShoalError) return error.message;
  return 'It could not be read or written; the log of the modelhost has the reason.';
}
