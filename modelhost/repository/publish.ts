import path from 'node:path';
import { configDigest, type ConfigSource } from '../model-config/config-files';
import { emptyConfig } from '../model-config/model-config';
import { isVersionNumber } from '../../protocol/model-name';
import type { StoredFile } from './content-hash';
import { errorCode, syncDirectory, syncFile, writeDurably, type FileSystem } from './file-system';
import { withNextVersion } from './model-state';
import type { StateStore } from './state-store';
import type { StagingPlace, Storage, WorkPlace } from './storage';
import type { CheckedModel, Companion, VersionMeta } from './version-meta';

export interface Publisher {
  stage(): Promise<StagingPlace>;
  /**
   * Writes what makes a directory a version of these files, the model first; meta.json last, at
   * once, once. False where it has one already.
   */
  describe(
    place: WorkPlace,
    files: readonly StoredFile[],
    checked: CheckedModel,
    config: ConfigSource | undefined,
  ): Promise<boolean>;
  /**
   * Gives the staged directory the model's next number, or a higher one that is wished for, and puts
   * it into its place.
   */
  publish(directory: string, model: string, wish?: number): Promise<number>;
}

export function createPublisher(fs: FileSystem, storage: Storage, states: StateStore): Publisher {
  return new RepositoryPublisher(fs, storage, states);
}

/** A staging place as one where a version is made. Nobody else looks into it meanwhile. */
export function stagedPlace(fs: FileSystem, directory: string): WorkPlace {
  return {
    directory,
    async create(name, text) {
      try {
        await writeDurably(fs, path.join(directory, name), text);
      } catch (error) {
        if (errorCode(error) === 'EEXIST') return false;
        throw error;
      }
      await syncDirectory(fs, directory);
      return true;
    },
  };
}

class RepositoryPublisher implements Publisher {
  readonly #fs: FileSystem;
  readonly #storage: Storage;
  readonly #states: StateStore;

  constructor(fs: FileSystem, storage: Storage, states: StateStore) {
    this.#fs = fs;
    this.#storage = storage;
    this.#states = states;
  }

  stage(): Promise<StagingPlace> {
    return this.#storage.stage();
  }

  async describe(
    place: WorkPlace,
    files: readonly StoredFile[],
    { facts, probe }: CheckedModel,
    config: ConfigSource | undefined,
  ): Promise<boolean> {
    const meta: VersionMeta = {
      format: 1,
      ...storedFacts(files),
      facts,
      probe,
      ...(config?.classLabels === undefined ? {} : { classLabels: config.classLabels }),
      configDigest: configDigest(config?.config ?? emptyConfig),
      createdAt: new Date().toISOString(),
    };
    const { directory } = place;
    for (const { name } of files) await syncFile(this.#fs, path.join(directory, name));
    for (const inner of directoriesOf(files)) {
      await syncDirectory(this.#fs, path.join(directory, inner));
    }
    // False where the version brought its own, and then that is the one that was read.
    if (config !== undefined) await place.create(config.format, config.text);
    return place.create('meta.json', `${JSON.stringify(meta, null, 2)}\n`);
  }

  async publish(directory: string, model: string, wish = 0): Promise<number> {
    for (;;) {
      const names = await this.#storage.names(model);
      const taken = names.filter(isVersionNumber).map(Number);
      const state = await this.#states.update(model, (now) => withNextVersion(now, taken, wish));
      // Somebody may have put something of that number there by hand: then the next one.
      if (await this.#storage.place(directory, model, state.lastVersion)) return state.lastVersion;
    }
  }
}

function directoriesOf(files: readonly StoredFile[]): string[] {
  const inner = files.flatMap(({ name }) => {
    const steps = name.split('/').slice(0, -1);
    return steps.map((_, at) => steps.slice(0, at + 1).join('/'));
  });
  return [...new Set(inner)];
}

/** The model is the first of a version's files. */
function storedFacts([model, ...beside]: readonly StoredFile[]): Stored {
  if (model === undefined) throw new Error('a version has at least one file');
  const companions = beside.map(companionOf);
  return { ...companionOf(model), ...(companions.length === 0 ? {} : { companions }) };
}

type Stored = Pick<VersionMeta, 'file' | 'sha256' | 'bytes' | 'companions'>;

function companionOf({ name, sha256, bytes }: StoredFile): Companion {
  return { file: name, sha256, bytes };
}
