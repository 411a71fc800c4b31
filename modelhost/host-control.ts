import { asShoalError, ShoalError } from '../core/errors';
import { notUnloadedAgain, unloadedAgain } from '../protocol/cluster/load-outcome';
import { withOutcome } from '../protocol/cluster/upload-outcome';
import { overrideFiles } from '../protocol/control/load-parameters';
import type { LoadOverride } from '../protocol/control/model-control';
import type { Lifecycle } from './lifecycle/lifecycle';
import { withClassLabels } from './model-config/class-labels';
import { configFromText, type ConfigSource } from './model-config/config-files';
import { createModelChanges, type Generation, type ModelChanges } from './model-changes';
import { checkName, unknownModel, unloadedMeanwhile } from './model-faults';
import type { HostModels, Published, PublishOptions } from './models';
import { ifThere, type FileSystem } from './repository/file-system';
import {
  isAway,
  withLoaded,
  withoutLoad,
  withoutServing,
  withServing,
} from './repository/model-state';
import type { Repository } from './repository/repository';
import type { StoredFile } from './repository/content-hash';
import type { ModelSnapshot, StoredVersion } from './repository/snapshot';
import { storing } from './repository/storage-fault';
import { copyVersion, gatherFiles } from './stage-override';
import { createInbox } from './upload/inbox';
import { publishGathered } from './upload/publish-gathered';
import { whenServed } from './when-served';

/**
 * Loading and unloading in the repository, which all hosts follow. Each resolves when this host acts
 * accordingly.
 */
export interface HostControl {
  /**
   * Serves a model that was unloaded again and tries again what could not be loaded, as the
   * repository is now; of a model that is served nothing changes. What was unloaded is unloaded again
   * where this host cannot serve it, unless somebody else has loaded it meanwhile. Throws
   * unknown_model, model_rejected, quarantined, insufficient_memory, conflict.
   *
   * @param hold the caller waits for all hosts: then he calls `keep`, or unloads it again
   */
  load(model: string, hold?: boolean): Promise<Loaded>;
  /**
   * All hosts serve it: it stays, whatever becomes of other loads and of uploads. Throws unknown_model,
   * and conflict where it was unloaded meanwhile.
   */
  keep(model: string): Promise<Generation>;
  /**
   * Nobody loads it any more; what is under way is still answered. 0: it is not there. Of a `version`
   * that is taken back: only where nothing but its upload, or a load of it as the default, has loaded it.
   */
  unload(model: string, version?: number): Promise<Unloaded>;
  /**
   * Publishes what a load call brings as a version, without making it the default: the files that it
   * brings, else those of the default version, with the configuration that it brings. Throws what
   * `HostModels.publish` throws, too_large and unknown_model. `signal` is as of an upload.
   */
  override(model: string, override: LoadOverride, signal?: AbortSignal): Promise<Published>;
}

/** What a load has made of a model. */
export interface Loaded extends Generation {
  /** The default one. */
  readonly version: number;
  /** Present where the model had been unloaded, and no load has come to its end since. */
  readonly wasUnloaded?: true;
}

export interface Unloaded extends Generation {
  /** False where it is loaded for more than what is taken back. */
  readonly unloaded: boolean;
}

export interface HostControlOptions {
  readonly repository: Repository;
  readonly lifecycle: Lifecycle;
  readonly models: Pick<HostModels, 'stage' | 'publish' | 'readStanding'>;
  readonly fs: FileSystem;
  readonly uploadMaxBytes: number;
  /** Longest time that an operation waits for this host to act accordingly, in milliseconds. */
  readonly catchUpMs: number;
}

type Terms = Pick<PublishOptions, 'model' | 'hold' | 'signal'>;

export function createHostControl(options: HostControlOptions): HostControl {
  return new RepositoryControl(options);
}

class RepositoryControl implements HostControl {
  readonly #options: HostControlOptions;
  readonly #changes: ModelChanges;

  constructor(options: HostControlOptions) {
    this.#options = options;
    this.#changes = createModelChanges(options);
  }

  async load(model: string, hold = false): Promise<Loaded> {
    checkName(model);
    const { repository, lifecycle, catchUpMs } = this.#options;
    const deadline = performance.now() + catchUpMs;
    do await repository.adopt();
    while (this.#isComing(model) && performance.now() < deadline);
    const away = await this.#bringBack(model);
    lifecycle.again(model);
    const served = whenServed({ repository, lifecycle }, model, deadline);
    if (!away) {
      await served;
      return this.#loaded(model);
    }
    await served
      .then(() => (hold ? undefined : this.keep(model)))
      .catch((error: unknown) => this.#takeBack(model, error));
    return { ...this.#loaded(model), wasUnloaded: true };
  }

  async keep(model: string): Promise<Generation> {
    checkName(model);
    await this.#options.repository.refresh();
    if (this.#stored(model) === undefined) throw unknownModel(model);
    const { generation, unloaded } = await this.#changes.change(model, withLoaded);
    if (unloaded) throw unloadedMeanwhile(model);
    return { generation };
  }

  async unload(model: string, version = 0): Promise<Unloaded> {
    checkName(model);
    await this.#options.repository.refresh();
    if (this.#stored(model) === undefined) return { generation: 0, unloaded: true };
    const { generation, unloaded, deleted } = await this.#changes.change(model, (now) =>
      withoutServing(now, version),
    );
    return { generation, unloaded: unloaded || deleted };
  }

  async override(model: string, override: LoadOverride, signal?: AbortSignal): Promise<Published> {
    checkName(model);
    const config = readConfig(override.config);
    const given = overrideFiles(override);
    const terms = { model, hold: true, ...(signal && { signal }) };
    if (given === undefined) return await this.#reconfigure(config, terms);
    const { models, uploadMaxBytes } = this.#options;
    const inbox = createInbox(await models.stage(), given.files.size);
    try {
      const name = config.config.defaultModelFilename;
      const gathered = await gatherFiles(inbox, given, name, uploadMaxBytes);
      const { text } = config;
      const wish = given.version;
      return await publishGathered(models, { ...gathered, config: text }, { ...terms, wish });
    } finally {
      await inbox.discard();
    }
  }

  /** True where it was away; it is on its way then, until its load is kept or taken back. */
  async #bringBack(model: string): Promise<boolean> {
    const known = this.#stored(model);
    if (known === undefined || !isAway(known.state)) return false;
    const before = { away: false };
    await this.#changes.change(model, (now) => {
      before.away = isAway(now);
      return withServing(now, now.default);
    });
    return before.away;
  }

  #loaded(model: string): Loaded {
    const { generation = 0, default: version = 0 } = this.#stored(model)?.state ?? {};
    return { generation, version };
  }

  /** Throws the error with which the load ended, and what has become of the model. */
  async #takeBack(model: string, error: unknown): Promise<never> {
    const outcome = await this.#changes.change(model, withoutLoad).then(
      ({ unloaded }) => unloadedAgain(unloaded),
      (fault: unknown) => notUnloadedAgain(model, fault),
    );
    throw withOutcome(asShoalError(error), outcome);
  }

  /** The files of the default version with another configuration. */
  async #reconfigure(source: ConfigSource, terms: Terms): Promise<Published> {
    const { model } = terms;
    const { models, fs, repository } = this.#options;
    await repository.refresh();
    const staged = await models.stage();
    try {
      const { directory } = staged;
      const files = await storing(() => this.#copyStandard(directory, model));
      const copied = (name: string): Promise<string | undefined> =>
        ifThere(fs.readFile(`${directory}/${name}`, 'utf8'));
      const config = await withClassLabels(
        source,
        async (name) => (await copied(name)) ?? (await models.readStanding(model, name)),
      );
      return await models.publish(staged, { ...terms, config: config ?? source, files });
    } finally {
      await staged.discard();
    }
  }

  /** Something of it lies there that is to become a version: this host or another is at it. */
  #isComing(model: string): boolean {
    const { snapshot, faults } = this.#options.repository.view();
    const { unadopted = [] } = snapshot.models.get(model) ?? {};
    const failed = new Set((faults.get(model) ?? []).map(({ version }) => version));
    const bare = snapshot.bare.has(model) && !snapshot.models.has(model) && failed.size === 0;
    return bare || unadopted.some((version) => !failed.has(version));
  }

  #stored(model: string): ModelSnapshot | undefined {
    const stored = this.#options.repository.view().snapshot.models.get(model);
    return stored === undefined || stored.state.deleted ? undefined : stored;
  }

  async #copyStandard(directory: string, model: string): Promise<StoredFile[]> {
    const { fs, repository } = this.#options;
    const standard = this.#standard(model);
    return repository.storage.using(standard, () => copyVersion(fs, directory, standard));
  }

  /** The version whose files get another configuration: the default, else the newest. */
  #standard(model: string): StoredVersion {
    const { versions = [], state } = this.#stored(model) ?? {};
    const found = versions.find(({ version }) => version === state?.default) ?? versions.at(-1);
    if (found === undefined) throw unknownModel(model);
    return found;
  }
}

function readConfig(text: string): ConfigSource {
  try {
    return configFromText(text, 'config.json');
  } catch (error) {
    if (!(error instanceof ShoalError)) throw error;
    throw new ShoalError(error.code, `Invalid config override: ${error.message}`);
  }
}
