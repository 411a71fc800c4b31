import { asShoalError } from '../../core/errors';

/** What has become of a model that was unloaded, and that not all hosts could load. */
export function unloadedAgain(unloaded: boolean): string {
  return unloaded
    ? 'The model is unloaded again.'
    : 'It stays loaded: somebody else has loaded it, or uploaded a version, meanwhile.';
}

/** @param fault with which unloading it again ended */
export function notUnloadedAgain(model: string, fault: unknown): string {
  const { message } = asShoalError(fault);
  const stays = `Model '${model}' is loaded, and could not be unloaded again: ${message}`;
  return `${stays} POST /v2/repository/models/${model}/unload unloads it.`;
}
