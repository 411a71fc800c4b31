import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { configDigest, type ConfigSource } from '../model-config/config-files';
import { emptyConfig } from '../model-config/model-config';
import { isVersionNumber } from '../../protocol/model-name';
import { createAtomically } from './atomic-file';
import { errorCode, ifThere, syncDirectory, syncFile } from './file-system';
import type { FileSystem } from './file-system';
import type { Layout } from './layout';
import { withNextVersion } from './model-state';
import type { StateStore } from './state-store';
import type { CheckedModel, VersionMeta } from './version-meta';

/** The model file of everything that the server itself puts into the repository. */
export const modelFileName = 'model.onnx';

/** A directory in which a version is being made. Nobody serves what lies there. */
export interface StagingPlace {
  readonly directory: string;
  readonly file: string;
  /** Harmless after publishing and when called twice. */
  discard(): Promise<void>;
}

/** What is known of the bytes of a model file. */
export interface FileFacts {
  /** Name of the model file in its directory. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface Publisher {
  stage(): Promise<StagingPlace>;
  /** Writes what makes a directory with a model file a version; meta.json last, at once, once. */
  describe(
    directory: string,
    file: FileFacts,
    checked: CheckedModel,
    config: ConfigSource | undefined,
  ): Promise<void>;
  /**
   * Gives the staged directory the model's next number, or a higher one that is wished for, and puts
   * it into its place.
   */
  publish(place: StagingPlace, model: string, wish?: number): Promise<number>;
  /** Takes a version's directory away; nothing of it is ever seen half. */
  removeVersion(model: string, version: number): Promise<void>;
}

export function createPublisher(fs: FileSystem, layout: Layout, states: StateStore): Publisher {
  return new DirectoryPublisher(fs, layout, states);
}

class DirectoryPublisher implements Publisher {
  readonly #fs: FileSystem;
  readonly #layout: Layout;
  readonly #states: StateStore;

  constructor(fs: FileSystem, layout: Layout, states: StateStore) {
    this.#fs = fs;
    this.#layout = layout;
    this.#states = states;
  }

  async stage(): Promise<StagingPlace> {
    const directory = this.#layout.staged(randomUUID());
    await this.#fs.mkdir(directory, { recursive: true });
    return {
      directory,
      file: path.join(directory, modelFileName),
      discard: () => this.#fs.rm(directory, { recursive: true, force: true }),
    };
  }

  async describe(
    directory: string,
    file: FileFacts,
    checked: CheckedModel,
    config: ConfigSource | undefined,
  ): Promise<void> {
    const meta: VersionMeta = {
      format: 1,
      ...file,
      ...checked,
      ...(config?.classLabels === undefined ? {} : { classLabels: config.classLabels }),
      configDigest: configDigest(config?.config ?? emptyConfig),
      createdAt: new Date().toISOString(),
    };
    await syncFile(this.#fs, path.join(directory, file.file));
    if (config !== undefined) {
      // False where the version brought its own, and then that is the one that was read.
      await createAtomically(
        this.#fs,
        this.#layout,
        path.join(directory, config.format),
        config.text,
      );
    }
    const text = `${JSON.stringify(meta, null, 2)}\n`;
    await createAtomically(this.#fs, this.#layout, path.join(directory, 'meta.json'), text);
    await syncDirectory(this.#fs, directory);
  }

  async publish(place: StagingPlace, model: string, wish = 0): Promise<number> {
    for (;;) {
      const taken = await this.#takenNumbers(model);
      const state = await this.#states.update(model, (now) => withNextVersion(now, taken, wish));
      try {
        await this.#fs.rename(place.directory, this.#layout.version(model, state.lastVersion));
      } catch (error) {
        // Somebody has put a directory of that number there by hand: take the next.
        if (errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EEXIST') continue;
        throw error;
      }
      await syncDirectory(this.#fs, this.#layout.model(model));
      return state.lastVersion;
    }
  }

  async #takenNumbers(model: string): Promise<number[]> {
    const names = (await ifThere(this.#fs.readdir(this.#layout.model(model)))) ?? [];
    return names.filter(isVersionNumber).map(Number);
  }

  async removeVersion(model: string, version: number): Promise<void> {
    const trash = this.#layout.staged(`trash-${randomUUID()}`);
    await this.#fs.mkdir(this.#layout.staging, { recursive: true });
    await ifThere(this.#fs.rename(this.#layout.version(model, version), trash));
    await this.#fs.rm(trash, { recursive: true, force: true });
  }
}
