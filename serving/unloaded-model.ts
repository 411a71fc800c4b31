import { ShoalError } from '../core/errors';
import type { ModelEntry } from '../protocol/catalog';

/** The refusal of a new request for a model that was unloaded. */
export function unloadedModel({ name, versions }: ModelEntry): ShoalError {
  if (versions.some(({ state }) => state === 'ready' || state === 'draining')) {
    return new ShoalError('model_not_ready', `Model '${name}' is being unloaded.`, {
      retryAfter: 1,
    });
  }
  return new ShoalError(
    'unknown_version',
    `Request for unknown model: '${name}' has no available versions, as it was unloaded`,
  );
}
