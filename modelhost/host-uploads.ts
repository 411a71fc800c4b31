import path from 'node:path';
import { asShoalError } from '../core/errors';
import { isDefaultNow, notTakenBack, withOutcome } from '../protocol/cluster/upload-outcome';
import { toDefault, type HostNaming } from './host-naming';
import type { ConfigSource } from './model-config/config-files';
import { emptyConfig } from './model-config/model-config';
import type { ModelChanges } from './model-changes';
import { callerGone, checkDescription, checkName } from './model-faults';
import type { HostModels, Published, PublishOptions, StagedUpload } from './models';
import { modelConfigSource } from './repository/adopt-bare';
import { contentHash, filesIn, nameOfModel } from './repository/content-hash';
import type { FileSystem } from './repository/file-system';
import {
  isAway,
  namedVersions,
  withoutServing,
  withoutVersions,
  withServing,
  type ModelState,
} from './repository/model-state';
import { stagedPlace } from './repository/publish';
import type { Repository } from './repository/repository';
import { findSame, type StoredVersion } from './repository/snapshot';
import { storing } from './repository/storage-fault';
import type { CheckedModel } from './repository/version-meta';
import { storedModel } from './stored-model';
import { Turns } from './turns';

export interface HostUploadsOptions {
  readonly repository: Repository;
  readonly fs: FileSystem;
  readonly changes: ModelChanges;
  readonly naming: HostNaming;
}

/** The way of an upload into the repository, until it is served or has been taken back. */
export type HostUploads = Pick<HostModels, 'publish'>;

export function createHostUploads(options: HostUploadsOptions): HostUploads {
  return new RepositoryUploads(options);
}

/** A version that has just been stored. */
interface Stored {
  readonly model: string;
  readonly version: number;
  /** The model was unloaded before, or is loaded for uploads alone. */
  readonly away: boolean;
}

/** What has been uploaded and can be served. */
interface Tried {
  readonly staged: StagedUpload;
  readonly checked: CheckedModel;
  readonly config: ConfigSource | undefined;
}

const wasUnloaded = { wasUnloaded: true } as const;

class RepositoryUploads implements HostUploads {
  readonly #repository: Repository;
  readonly #fs: FileSystem;
  readonly #changes: ModelChanges;
  readonly #naming: HostNaming;
  /** Whether something is there already, by its bytes, and what is stored or taken back for that. */
  readonly #turns = new Turns();
  /** Versions that are being put to use, and whether somebody else has uploaded the same meanwhile. */
  readonly #underWay = new Map<string, { again: boolean }>();

  constructor({ repository, fs, changes, naming }: HostUploadsOptions) {
    this.#repository = repository;
    this.#fs = fs;
    this.#changes = changes;
    this.#naming = naming;
  }

  async publish(staged: StagedUpload, options: PublishOptions): Promise<Published> {
    try {
      checkName(options.model);
      checkDescription(options.description ?? '');
      const config = await this.#configOf(options);
      const published = await this.#publishOnce(staged, options, config);
      const ignored = config?.config.unknownFields ?? [];
      return ignored.length === 0 ? published : { ...published, ignored };
    } finally {
      await staged.discard();
    }
  }

  async #configOf({ model, config }: PublishOptions): Promise<ConfigSource | undefined> {
    return config ?? (await modelConfigSource(this.#repository.storage, model));
  }

  /** The same bytes with the same configuration are stored once. */
  async #publishOnce(
    staged: StagedUpload,
    options: PublishOptions,
    config: ConfigSource | undefined,
  ): Promise<Published> {
    const same = await this.#inTurn(options, (sha256) => this.#same(options, sha256, config));
    if (same !== undefined) return this.#publishAgain(same, options);
    return this.#publishNew(staged, options, config);
  }

  #inTurn<Result>(
    { model, files }: Pick<PublishOptions, 'model' | 'files'>,
    work: (sha256: string) => Promise<Result>,
  ): Promise<Result> {
    const sha256 = contentHash(files);
    return this.#turns.take(`${model} ${sha256}`, () => work(sha256));
  }

  /** To be called in turn: whoever has stored it leaves it there, also when he has gone. */
  async #same(
    { model, signal }: PublishOptions,
    sha256: string,
    config: ConfigSource | undefined,
  ): Promise<StoredVersion | undefined> {
    await this.#repository.refresh();
    const same = findSame(this.#versions(model), sha256, config);
    const first = same && this.#underWay.get(keyOf(same));
    if (first !== undefined && signal?.aborted !== true) first.again = true;
    return same;
  }

  async #publishAgain(same: StoredVersion, options: PublishOptions): Promise<Published> {
    const { model, version } = same;
    const newest = this.#versions(model).at(-1) === same;
    const { state: known } = storedModel(this.#repository, model);
    const promote = newest && known.default !== version;
    const pending = promote && options.hold ? version : 0;
    if (isAway(known)) await this.#changes.change(model, (now) => withServing(now, pending));
    if (promote && !options.hold) await this.#naming.setDefault(model, version);
    const state = await this.#describeAlong(model, options.description);
    const sha256 = contentHash(filesIn(same.meta));
    const { generation } = state;
    const before = isAway(known) ? wasUnloaded : {};
    return { model, version, generation, created: false, sha256, promote, ...before };
  }

  async #publishNew(
    staged: StagedUpload,
    options: PublishOptions,
    config: ConfigSource | undefined,
  ): Promise<Published> {
    const { tell, signal } = options;
    const file = path.join(staged.directory, nameOfModel(options.files));
    const given = config?.config ?? emptyConfig;
    const checked = await this.#repository.check(file, given, { tell, signal });
    const stored = await this.#inTurn(options, async (sha256) => {
      // The same may have been uploaded while this one was tried.
      const same = await this.#same(options, sha256, config);
      return same ?? this.#store({ staged, checked, config }, options);
    });
    if ('meta' in stored) return this.#publishAgain(stored, options);
    return this.#putToUse(stored, options);
  }

  /** To be called in turn. */
  #store({ staged, checked, config }: Tried, options: PublishOptions): Promise<Stored> {
    const { model, files, wish, signal } = options;
    const { publisher } = this.#repository;
    return storing(async () => {
      const place = stagedPlace(this.#fs, staged.directory);
      await publisher.describe(place, files, checked, config);
      refuseGone(signal);
      const version = await publisher.publish(staged.directory, model, wish);
      this.#underWay.set(keyOf({ model, version }), { again: false });
      const known = this.#repository.view().snapshot.models.get(model)?.state;
      return { model, version, away: known !== undefined && isAway(known) };
    });
  }

  async #putToUse(stored: Stored, options: PublishOptions): Promise<Published> {
    const { model, version, away } = stored;
    const sha256 = contentHash(options.files);
    try {
      const { generation } = await this.#used(stored, options);
      const before = away ? wasUnloaded : {};
      return { model, version, generation, created: true, sha256, promote: true, ...before };
    } catch (error) {
      throw await this.#inTurn(options, () => this.#takenBack(stored, error));
    } finally {
      this.#underWay.delete(keyOf(stored));
    }
  }

  async #used({ model, version }: Stored, options: PublishOptions): Promise<ModelState> {
    const { hold, description, signal } = options;
    await storing(() => this.#repository.states.update(model, (now) => withServing(now, version)));
    await this.#changes.whenReady(model, version);
    if (!hold) {
      await this.#changes.change(model, toDefault(model, version));
      return this.#describeAlong(model, description);
    }
    // Of what is held only its caller knows that it is there: who has gone gives it no name.
    refuseGone(signal);
    const state = await this.#describeAlong(model, description);
    refuseGone(signal);
    return state;
  }

  /**
   * A version that could not be put to use does not stay unless it has a name, or somebody else is to
   * give it one; and what was loaded for it alone is unloaded again. Resolves with the error to answer.
   */
  async #takenBack({ model, version }: Stored, error: unknown): Promise<unknown> {
    const { code } = asShoalError(error);
    if (code === 'client_closed' && this.#underWay.get(keyOf({ model, version }))?.again === true) {
      return error;
    }
    const found: { named: boolean } = { named: false };
    try {
      await this.#changes.change(model, (now) => {
        found.named = namedVersions(now).includes(version);
        if (found.named) return undefined;
        return withoutVersions(withoutServing(now, version) ?? now, [version]);
      });
    } catch (fault) {
      return withOutcome(asShoalError(error), notTakenBack(model, version, fault));
    }
    return found.named ? withOutcome(asShoalError(error), isDefaultNow(model, version)) : error;
  }

  #describeAlong(model: string, description: string | undefined): Promise<ModelState> {
    return this.#changes.change(model, (now) =>
      description === undefined || now.description === description
        ? undefined
        : { ...now, description },
    );
  }

  #versions(model: string): readonly StoredVersion[] {
    return this.#repository.view().snapshot.models.get(model)?.versions ?? [];
  }
}

function refuseGone(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw callerGone();
}

function keyOf({ model, version }: Pick<Stored, 'model' | 'version'>): string {
  return `${model}:${version}`;
}
