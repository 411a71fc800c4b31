import path from 'node:path';
import { asShoalError } from '../core/errors';
import { isDefaultNow, notTakenBack, withOutcome } from '../protocol/cluster/upload-outcome';
import type { ConfigSource } from './model-config/config-files';
import { emptyConfig } from './model-config/model-config';
import type { Lifecycle } from './lifecycle/lifecycle';
import {
  checkDescription,
  checkName,
  refuseNamed,
  unknownModel,
  unknownVersion,
} from './model-faults';
import { createHostNaming, type HostNaming } from './host-naming';
import { createModelChanges, type ModelChanges } from './model-changes';
import type { HostModels, ModelFiles, Published, PublishOptions, StagedUpload } from './models';
import { modelConfigSource } from './repository/adopt-bare';
import { contentHash, filesIn, nameOfModel } from './repository/content-hash';
import { filesOf } from './repository/files-of';
import type { FileSystem } from './repository/file-system';
import type { ModelState } from './repository/model-state';
import {
  namedVersions,
  withDefault,
  withoutModel,
  withoutVersions,
  withServing,
} from './repository/model-state';
import { stagedPlace } from './repository/publish';
import type { Repository } from './repository/repository';
import { findSame, type ModelSnapshot, type StoredVersion } from './repository/snapshot';
import { storing } from './repository/storage-fault';
import { storedModel } from './stored-model';
import { Turns } from './turns';

export interface HostModelsOptions {
  readonly repository: Repository;
  readonly lifecycle: Lifecycle;
  readonly fs: FileSystem;
  /** Longest time that an operation waits for this host to act accordingly, in milliseconds. */
  readonly catchUpMs: number;
}

export function createHostModels(options: HostModelsOptions): HostModels {
  return new RepositoryModels(options);
}

/** Uploads that are under way have some of so many numbers that were given last. */
const mostUnderWay = 1000;

interface Stored {
  readonly model: string;
  readonly version: number;
  /** The model was unloaded before. */
  readonly away: boolean;
}

const wasUnloaded = { wasUnloaded: true } as const;

function newestNumbers(last: number): number[] {
  return Array.from({ length: Math.min(mostUnderWay, last) }, (_, index) => last - index);
}

class RepositoryModels implements HostModels {
  readonly #repository: Repository;
  readonly #lifecycle: Lifecycle;
  readonly #fs: FileSystem;
  readonly #catchUpMs: number;
  readonly #changes: ModelChanges;
  readonly #naming: HostNaming;
  readonly #turns = new Turns();

  constructor({ repository, lifecycle, fs, catchUpMs }: HostModelsOptions) {
    this.#repository = repository;
    this.#lifecycle = lifecycle;
    this.#fs = fs;
    this.#catchUpMs = catchUpMs;
    this.#changes = createModelChanges({ repository, lifecycle, catchUpMs });
    this.#naming = createHostNaming({ repository, lifecycle, catchUpMs });
  }

  stage(): Promise<StagedUpload> {
    return storing(() => this.#repository.publisher.stage());
  }

  readStanding(model: string, name: string): Promise<string | undefined> {
    checkName(model);
    return this.#repository.storage.read(`${model}/${name}`);
  }

  async publish(staged: StagedUpload, options: PublishOptions): Promise<Published> {
    try {
      checkName(options.model);
      checkDescription(options.description ?? '');
      const config = await this.#configOf(options);
      await this.#repository.refresh();
      const versions = this.#versions(options.model);
      const same = findSame(versions, contentHash(options.files), config);
      if (same !== undefined) return await this.#publishAgain(same, options);
      return await this.#publishNew(staged, options, config);
    } finally {
      await staged.discard();
    }
  }

  async remove(model: string, version: string): Promise<{ readonly generation: number }> {
    checkName(model);
    await this.#repository.refresh();
    const stored = storedModel(this.#repository, model);
    const all = [...stored.versions, ...stored.broken].map((each) => each.version);
    if (version === '') return this.#removeAll(model, all);
    const number = this.#number(stored, version);
    const others = all.filter((each) => each !== number);
    const state = await this.#changes.change(model, (now) => {
      if (now.tombstones.includes(number)) throw unknownVersion(model, version);
      refuseNamed(now, model, number);
      return others.length === 0 ? withoutModel(now, [number]) : withoutVersions(now, [number]);
    });
    return { generation: state.generation };
  }

  async setDefault(model: string, version: number): Promise<{ readonly generation: number }> {
    const make = () => this.#makeDefault(model, version);
    const { generation } = await this.#naming.named(model, [version], make);
    return { generation };
  }

  async describe(model: string, description: string): Promise<{ readonly generation: number }> {
    checkDescription(description);
    await this.#repository.refresh();
    storedModel(this.#repository, model);
    const state = await this.#changes.change(model, (now) => {
      if (now.deleted) throw unknownModel(model);
      return now.description === description ? undefined : { ...now, description };
    });
    return { generation: state.generation };
  }

  async update(): Promise<void> {
    await this.#repository.adopt();
    const deadline = performance.now() + this.#catchUpMs;
    const caughtUp = (): boolean => this.#lifecycle.settled();
    await this.#lifecycle.until(caughtUp, deadline, 'this host has caught up');
  }

  async withFiles<Result>(
    model: string,
    version: string,
    use: (files: ModelFiles) => Promise<Result>,
  ): Promise<Result> {
    await this.#repository.refresh();
    const stored = storedModel(this.#repository, model);
    const number = this.#number(stored, version);
    const found = stored.versions.find((each) => each.version === number);
    if (found === undefined) throw unknownVersion(model, version);
    return await this.#repository.storage.using(found, async () =>
      use(await filesOf(this.#fs, found)),
    );
  }

  async #configOf({ model, config }: PublishOptions): Promise<ConfigSource | undefined> {
    return config ?? (await modelConfigSource(this.#repository.storage, model));
  }

  async #publishAgain(same: StoredVersion, options: PublishOptions): Promise<Published> {
    const { model, version } = same;
    const newest = this.#versions(model).at(-1) === same;
    const { default: standard, unloaded } = storedModel(this.#repository, model).state;
    if (unloaded) await this.#changes.change(model, withServing);
    const promote = newest && standard !== version;
    if (promote && !options.hold) await this.setDefault(model, version);
    const state = await this.#describeAlong(model, options.description);
    const sha256 = contentHash(filesIn(same.meta));
    const { generation } = state;
    const before = unloaded ? wasUnloaded : {};
    return { model, version, generation, created: false, sha256, promote, ...before };
  }

  async #publishNew(
    staged: StagedUpload,
    options: PublishOptions,
    config: ConfigSource | undefined,
  ): Promise<Published> {
    const { model, files, wish, tell, signal } = options;
    const { publisher, check } = this.#repository;
    const file = path.join(staged.directory, nameOfModel(files));
    const checked = await check(file, config?.config ?? emptyConfig, { tell, signal });
    const place = stagedPlace(this.#fs, staged.directory);
    const sha256 = contentHash(files);
    // The same may have been uploaded while this one was tried.
    const stored = await this.#turns.take(`${model} ${sha256}`, async () => {
      await this.#repository.refresh();
      const same = findSame(this.#versions(model), sha256, config);
      if (same !== undefined) return same;
      return storing(async () => {
        await publisher.describe(place, files, checked, config);
        return publisher.publish(staged.directory, model, wish);
      });
    });
    if (typeof stored !== 'number') return this.#publishAgain(stored, options);
    const version = stored;
    const away = this.#repository.view().snapshot.models.get(model)?.state.unloaded === true;
    const { generation } = await this.#putToUse(version, options).catch(async (error: unknown) => {
      throw await this.#takenBack({ model, version, away }, error);
    });
    const before = away ? wasUnloaded : {};
    const published = {
      model,
      version,
      generation,
      created: true,
      sha256,
      promote: true,
      ...before,
    };
    const ignored = config?.config.unknownFields ?? [];
    return ignored.length === 0 ? published : { ...published, ignored };
  }

  async #putToUse(version: number, { model, hold, description }: PublishOptions) {
    await storing(() => this.#repository.states.update(model, withServing));
    await this.#changes.whenReady(model, version);
    if (!hold) await this.#makeDefault(model, version);
    return this.#describeAlong(model, description);
  }

  /**
   * A version that could not be put to use does not stay unless it has a name, and `away` is unloaded
   * again. Resolves with the error to answer.
   */
  async #takenBack({ model, version, away }: Stored, error: unknown): Promise<unknown> {
    const found: { named: boolean } = { named: false };
    try {
      await this.#changes.change(model, (now) => {
        found.named = namedVersions(now).includes(version);
        if (found.named) return undefined;
        return withoutVersions({ ...now, unloaded: now.unloaded || away }, [version]);
      });
    } catch (fault) {
      return withOutcome(asShoalError(error), notTakenBack(model, version, fault));
    }
    return found.named ? withOutcome(asShoalError(error), isDefaultNow(model, version)) : error;
  }

  #makeDefault(model: string, version: number): Promise<ModelState> {
    return this.#changes.change(model, (now) => {
      if (now.tombstones.includes(version)) throw unknownVersion(model, String(version));
      if (now.default !== version) return withDefault(now, version, new Date().toISOString());
      return now.successor === 0 ? undefined : { ...now, successor: 0 };
    });
  }

  #describeAlong(model: string, description: string | undefined): Promise<ModelState> {
    return this.#changes.change(model, (now) =>
      description === undefined || now.description === description
        ? undefined
        : { ...now, description },
    );
  }

  async #removeAll(model: string, all: readonly number[]): Promise<{ generation: number }> {
    const { storage } = this.#repository;
    const state = await this.#changes.change(model, (now) => {
      if (now.deleted) throw unknownModel(model);
      // Numbers that were given away meanwhile too: an upload that is not finished is deleted.
      return withoutModel(now, [...all, ...newestNumbers(now.lastVersion)]);
    });
    for (const name of ['config.json', 'config.pbtxt']) {
      // Where it cannot be removed it does no harm: the model is gone all the same.
      await storage.remove(`${model}/${name}`).catch(() => undefined);
    }
    return { generation: state.generation };
  }

  #versions(model: string): readonly StoredVersion[] {
    return this.#repository.view().snapshot.models.get(model)?.versions ?? [];
  }

  #number({ name, state, versions, broken }: ModelSnapshot, version: string): number {
    const labelled = Object.hasOwn(state.labels, version) ? state.labels[version] : undefined;
    const number = version === '' ? state.default : (labelled ?? Number(version));
    if ([...versions, ...broken].some((each) => each.version === number)) return number;
    throw unknownVersion(name, version);
  }
}
