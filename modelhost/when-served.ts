import { ShoalError } from '../core/errors';
import type { Lifecycle } from './lifecycle/loop';
import { unknownModel } from './model-faults';
import type { Repository } from './repository/repository';

export interface Serving {
  readonly repository: Pick<Repository, 'view'>;
  readonly lifecycle: Lifecycle;
}

/**
 * Resolves when this host serves the default version of a model and has tried all others that it
 * shall serve. Rejects with the fault of the default one, with model_rejected where what lies there
 * cannot be adopted, with unknown_model where nothing does, and with conflict where it was unloaded
 * meanwhile.
 */
export function whenServed(
  { repository, lifecycle }: Serving,
  model: string,
  deadline: number,
): Promise<void> {
  const served = (): boolean => {
    const { state } = storedOf(repository, model);
    if (state.unloaded) throw unloadedMeanwhile(model);
    const life = lifecycle.models().get(model);
    if (life === undefined || life.served.generation < state.generation) return false;
    const lives = [...life.versions.values()];
    const standard = life.versions.get(state.default);
    if (standard?.error) throw standard.error;
    const settled = lives.every(({ state: each }) => each === 'ready' || each === 'failed');
    return settled && standard?.state === 'ready' && isStaying(lives);
  };
  return lifecycle.until(served, deadline, `'${model}' is served`);
}

function isStaying(lives: readonly { readonly leaving: boolean }[]): boolean {
  return !lives.some(({ leaving }) => leaving);
}

function storedOf(repository: Serving['repository'], model: string) {
  const { snapshot, faults } = repository.view();
  const stored = snapshot.models.get(model);
  const [fault] = [...(faults.get(model) ?? []), ...(stored?.broken ?? [])];
  if (stored !== undefined && stored.versions.length > 0) return stored;
  if (fault === undefined) throw unknownModel(model);
  throw new ShoalError('model_rejected', `Version ${fault.version} of '${model}': ${fault.reason}`);
}

function unloadedMeanwhile(model: string): ShoalError {
  return new ShoalError('conflict', `The model '${model}' was unloaded while it was being loaded.`);
}
