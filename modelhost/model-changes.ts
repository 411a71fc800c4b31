import type { Lifecycle } from './lifecycle/lifecycle';
import { notSelected, unknownVersion } from './model-faults';
import type { ModelState } from './repository/model-state';
import type { Repository } from './repository/repository';
import type { StateChange } from './repository/state-store';
import { storing } from './repository/storage-fault';
import { isElsewhere } from './when-served';

/** What a change has made of a model. */
export interface Generation {
  readonly generation: number;
}

/** Changes of models' states, and the waits until this host acts accordingly. */
export interface ModelChanges {
  /** Changes the model's state and waits until this host acts on it, or on a later one. */
  change(model: string, change: StateChange): Promise<ModelState>;
  /**
   * The same, without the wait: resolves when the change is written. Where it cannot be read, the next
   * look at the repository says so.
   */
  write(model: string, change: StateChange): Promise<ModelState>;
  /**
   * Resolves when this host serves the version, or when others are to. Rejects with its fault where
   * that cannot be.
   */
  whenReady(model: string, version: number): Promise<void>;
}

export interface ModelChangesOptions {
  readonly repository: Repository;
  readonly lifecycle: Lifecycle;
  /** Longest wait, in milliseconds. */
  readonly catchUpMs: number;
}

export function createModelChanges(options: ModelChangesOptions): ModelChanges {
  const { repository, lifecycle, catchUpMs } = options;

  return {
    async change(model, change) {
      const state = await written(repository, model, change);
      await repository.refresh();
      await whenGeneration(options, model, state.generation);
      return state;
    },
    async write(model, change) {
      const state = await written(repository, model, change);
      repository.refresh().catch(() => undefined);
      return state;
    },
    async whenReady(model, version) {
      const deadline = performance.now() + catchUpMs;
      await repository.refresh();
      const ready = (): boolean => {
        const life = lifecycle.models().get(model)?.versions.get(version);
        if (life?.error) throw life.error;
        if (!isStored(repository, model, version)) throw unknownVersion(model, String(version));
        if (isElsewhere(lifecycle, model, version)) return true;
        if (life !== undefined) return life.state === 'ready';
        if (lifecycle.assignmentOf(model, version)?.kind === 'unknown') return false;
        if (!lifecycle.onDemand(model, version)) throw notSelected(model, version);
        return true;
      };
      await lifecycle.until(ready, deadline, `version ${version} of '${model}' is ready`);
      if (isElsewhere(lifecycle, model, version)) return;
      await lifecycle.demand(model, version, deadline);
    },
  };
}

async function whenGeneration(
  { repository, lifecycle, catchUpMs }: ModelChangesOptions,
  model: string,
  generation: number,
): Promise<void> {
  const deadline = performance.now() + catchUpMs;
  const reached = (): boolean =>
    (lifecycle.models().get(model)?.served.generation ?? 0) >= generation;
  if (reached()) return;
  await repository.refresh();
  await lifecycle.until(reached, deadline, `'${model}' has reached generation ${generation}`);
}

function written({ states }: Repository, model: string, change: StateChange): Promise<ModelState> {
  return storing(() => states.update(model, change));
}

function isStored(repository: Repository, model: string, version: number): boolean {
  const stored = repository.view().snapshot.models.get(model);
  return stored?.versions.some((each) => each.version === version) === true;
}
