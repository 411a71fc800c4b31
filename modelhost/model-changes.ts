import type { Lifecycle } from './lifecycle/loop';
import { notSelected, unknownVersion } from './model-faults';
import type { ModelState } from './repository/model-state';
import type { Repository } from './repository/repository';
import type { StateChange } from './repository/state-store';
import { storing } from './repository/storage-fault';

/** Changes of models' states, and the waits until this host acts accordingly. */
export interface ModelChanges {
  /** Changes the model's state and waits until this host acts on it, or on a later one. */
  change(model: string, change: StateChange): Promise<ModelState>;
  /** Resolves when this host serves the version; rejects with its fault if it cannot. */
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

  async function whenGeneration(model: string, generation: number): Promise<void> {
    const deadline = performance.now() + catchUpMs;
    const reached = (): boolean =>
      (lifecycle.models().get(model)?.served.generation ?? 0) >= generation;
    if (reached()) return;
    await repository.refresh();
    await lifecycle.until(reached, deadline, `'${model}' has reached generation ${generation}`);
  }

  return {
    async change(model, change) {
      const state = await storing(() => repository.states.update(model, change));
      await repository.refresh();
      await whenGeneration(model, state.generation);
      return state;
    },
    async whenReady(model, version) {
      const deadline = performance.now() + catchUpMs;
      await repository.refresh();
      const ready = (): boolean => {
        const life = lifecycle.models().get(model)?.versions.get(version);
        if (life?.error) throw life.error;
        const stored = repository.view().snapshot.models.get(model);
        const there = stored?.versions.some((each) => each.version === version) === true;
        if (!there) throw unknownVersion(model, String(version));
        if (life === undefined) throw notSelected(model, version);
        return life.state === 'ready';
      };
      await lifecycle.until(ready, deadline, `version ${version} of '${model}' is ready`);
    },
  };
}
