import { ShoalError } from '../core/errors';
import { wantedOf } from './lifecycle/wanted';
import { createModelChanges } from './model-changes';
import type { Generation, ModelChangesOptions } from './model-changes';
import { cannotBeServed, checkName, unknownVersion } from './model-faults';
import {
  withDefault,
  withHeld,
  withLabel,
  withoutLabel,
  withRelease,
  type ModelState,
} from './repository/model-state';
import type { StateChange } from './repository/state-store';
import { storedModel } from './stored-model';

/** Whether a version is loaded now, on all hosts, because of a name that it is to get. */
export interface Held {
  readonly generation: number;
  /** It is wanted for nothing but names to come, and `release` takes this one back. */
  readonly held: boolean;
  /** False where nothing is loaded of the model, as it was unloaded: there is nothing to wait for. */
  readonly loads: boolean;
}

/**
 * Names of versions, and what has to be done before a version gets one. Each resolves when this host
 * acts accordingly. Errors: unknown_model, unknown_version, conflict, model_rejected,
 * insufficient_storage, deadline_exceeded.
 */
export interface HostNaming {
  /**
   * Has versions get their names by `give` when this host serves them, held for it if need be. Where
   * that fails, they are let go.
   */
  named<Result>(
    model: string,
    versions: readonly number[],
    give: () => Promise<Result>,
  ): Promise<Result>;
  /** Has every host load the version whatever the policy says; does not wait for that. */
  hold(model: string, version: number): Promise<Held>;
  release(model: string, version: number): Promise<Generation>;
  /** Makes the version the default when this host serves it. */
  setDefault(model: string, version: number): Promise<Generation>;
  /** Sets a label, or moves it, when this host serves the version. */
  label(model: string, label: string, version: number): Promise<Generation>;
  unlabel(model: string, label: string): Promise<Generation>;
}

export function createHostNaming(options: ModelChangesOptions): HostNaming {
  return new RepositoryNaming(options);
}

class RepositoryNaming implements HostNaming {
  readonly #options: ModelChangesOptions;
  readonly #changes: ReturnType<typeof createModelChanges>;

  constructor(options: ModelChangesOptions) {
    this.#options = options;
    this.#changes = createModelChanges(options);
  }

  async named<Result>(
    model: string,
    versions: readonly number[],
    give: () => Promise<Result>,
  ): Promise<Result> {
    const own: number[] = [];
    try {
      for (const version of versions) {
        const { held, loads } = await this.hold(model, version);
        if (held) own.push(version);
        if (loads) await this.#changes.whenReady(model, version);
      }
      return await give();
    } catch (error) {
      for (const version of own) await this.release(model, version);
      throw error;
    }
  }

  async hold(model: string, version: number): Promise<Held> {
    const { repository } = this.#options;
    checkName(model);
    await repository.refresh();
    const stored = storedModel(repository, model);
    const { state, versions, broken } = stored;
    const fault = broken.find((each) => each.version === version);
    if (fault !== undefined) throw cannotBeServed(model, version, fault.reason);
    if (!versions.some((each) => each.version === version)) {
      throw unknownVersion(model, String(version));
    }
    const { generation, unloaded } = state;
    if (unloaded) return { generation, held: false, loads: false };
    const anyhow = wantedOf({ ...stored, state: { ...state, held: [] } }).versions;
    if (anyhow.has(version)) return { generation, held: false, loads: true };
    const now = await this.#change(model, version, (before) => withHeld(before, version));
    return { generation: now.generation, held: true, loads: true };
  }

  async release(model: string, version: number): Promise<Generation> {
    const { generation } = await this.#changes.change(model, (now) => withRelease(now, version));
    return { generation };
  }

  setDefault(model: string, version: number): Promise<Generation> {
    return this.named(model, [version], async () => {
      const { generation } = await this.#changes.change(model, toDefault(model, version));
      return { generation };
    });
  }

  async label(model: string, label: string, version: number): Promise<Generation> {
    return this.named(model, [version], async () => {
      const { generation } = await this.#change(model, version, (now) =>
        now.labels[label] === version ? undefined : withLabel(now, label, version),
      );
      return { generation };
    });
  }

  async unlabel(model: string, label: string): Promise<Generation> {
    checkName(model);
    await this.#options.repository.refresh();
    storedModel(this.#options.repository, model);
    const { generation } = await this.#changes.change(model, (now) => {
      if (!Object.hasOwn(now.labels, label)) throw unknownLabel(model, label);
      return withoutLabel(now, label);
    });
    return { generation };
  }

  /** A change of a version that nobody has deleted meanwhile. */
  #change(
    model: string,
    version: number,
    change: (now: ModelState) => ModelState | undefined,
  ): Promise<ModelState> {
    return this.#changes.change(model, (now) => {
      if (now.tombstones.includes(version)) throw unknownVersion(model, String(version));
      return change(now);
    });
  }
}

/** What makes a version the default that nobody has deleted meanwhile. */
export function toDefault(model: string, version: number): StateChange {
  return (now) => {
    if (now.tombstones.includes(version)) throw unknownVersion(model, String(version));
    if (now.default !== version) return withDefault(now, version, new Date().toISOString());
    return now.successor === 0 ? undefined : { ...now, successor: 0 };
  };
}

function unknownLabel(model: string, label: string): ShoalError {
  return new ShoalError('unknown_version', `The model '${model}' has no label '${label}'`);
}
