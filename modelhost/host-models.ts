import type { Lifecycle } from './lifecycle/lifecycle';
import {
  checkDescription,
  checkName,
  refuseNamed,
  unknownModel,
  unknownVersion,
} from './model-faults';
import { createHostNaming } from './host-naming';
import { createHostUploads, type HostUploads } from './host-uploads';
import { createModelChanges, type ModelChanges } from './model-changes';
import type { HostModels, ModelFiles, Published, PublishOptions, StagedUpload } from './models';
import { filesOf } from './repository/files-of';
import type { FileSystem } from './repository/file-system';
import { withoutModel, withoutVersions } from './repository/model-state';
import type { Repository } from './repository/repository';
import type { ModelSnapshot } from './repository/snapshot';
import { storing } from './repository/storage-fault';
import { storedModel } from './stored-model';

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

function newestNumbers(last: number): number[] {
  return Array.from({ length: Math.min(mostUnderWay, last) }, (_, index) => last - index);
}

class RepositoryModels implements HostModels {
  readonly #repository: Repository;
  readonly #lifecycle: Lifecycle;
  readonly #fs: FileSystem;
  readonly #catchUpMs: number;
  readonly #changes: ModelChanges;
  readonly #uploads: HostUploads;

  constructor({ repository, lifecycle, fs, catchUpMs }: HostModelsOptions) {
    this.#repository = repository;
    this.#lifecycle = lifecycle;
    this.#fs = fs;
    this.#catchUpMs = catchUpMs;
    this.#changes = createModelChanges({ repository, lifecycle, catchUpMs });
    const naming = createHostNaming({ repository, lifecycle, catchUpMs });
    this.#uploads = createHostUploads({ repository, fs, naming, changes: this.#changes });
  }

  stage(): Promise<StagedUpload> {
    return storing(() => this.#repository.publisher.stage());
  }

  readStanding(model: string, name: string): Promise<string | undefined> {
    checkName(model);
    return this.#repository.storage.read(`${model}/${name}`);
  }

  publish(staged: StagedUpload, options: PublishOptions): Promise<Published> {
    return this.#uploads.publish(staged, options);
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

  #number({ name, state, versions, broken }: ModelSnapshot, version: string): number {
    const labelled = Object.hasOwn(state.labels, version) ? state.labels[version] : undefined;
    const number = version === '' ? state.default : (labelled ?? Number(version));
    if ([...versions, ...broken].some((each) => each.version === number)) return number;
    throw unknownVersion(name, version);
  }
}
