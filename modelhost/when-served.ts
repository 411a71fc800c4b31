import { ShoalError } from '../core/errors';
import type { Lifecycle } from './lifecycle/lifecycle';
import type { ModelLife } from './lifecycle/model-life';
import { cannotBeServed, ofVersion, unknownModel, unloadedMeanwhile } from './model-faults';
import type { Repository } from './repository/repository';

export interface Serving {
  readonly repository: Pick<Repository, 'view'>;
  readonly lifecycle: Lifecycle;
}

/**
 * Resolves when this host serves the default version of a model and has tried all others that it
 * shall serve, or when other hosts are to serve it. Rejects with the fault of the default one, or of
 * one that was put there by hand and is to be the default, with
 * model_rejected where what lies there cannot be adopted, with unknown_model where nothing does, and
 * with conflict where it was unloaded meanwhile.
 */
export async function whenServed(
  { repository, lifecycle }: Serving,
  model: string,
  deadline: number,
): Promise<void> {
  const served = (): boolean => {
    const { state } = storedOf(repository, model);
    if (state.unloaded) throw unloadedMeanwhile(model);
    const life = lifecycle.models().get(model);
    if (life === undefined || life.served.generation < state.generation) return false;
    const successor = lifecycle.succession.successorOf(model);
    if (successor !== undefined) {
      const fault = successor.error ?? successor.refusedByOthers;
      if (fault !== null) throw fault;
      return false;
    }
    if (isElsewhere(lifecycle, model, state.default)) return true;
    return lifecycle.onDemand(model, state.default) || isServed(life, state.default);
  };
  await lifecycle.until(served, deadline, `'${model}' is served`);
  const { state } = storedOf(repository, model);
  if (isElsewhere(lifecycle, model, state.default)) return;
  await lifecycle.demand(model, state.default, deadline);
}

/** True for a version that other hosts are to have. Throws model_rejected where none can. */
export function isElsewhere(
  lifecycle: Pick<Lifecycle, 'assignmentOf'>,
  model: string,
  version: number,
): boolean {
  const assignment = lifecycle.assignmentOf(model, version);
  if (assignment?.kind === 'nowhere') throw cannotBeServed(model, version, assignment.reason);
  return assignment?.kind === 'elsewhere';
}

function isServed({ versions }: ModelLife, standard: number): boolean {
  const lives = [...versions.values()];
  const one = versions.get(standard);
  if (one?.error) throw one.error;
  const settled = lives.every(({ state }) => state === 'ready' || state === 'failed');
  return settled && one?.state === 'ready' && isStaying(lives);
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
  throw new ShoalError('model_rejected', ofVersion(model, fault.version, fault.reason));
}
