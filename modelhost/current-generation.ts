import { ShoalError } from '../core/errors';
import { answering } from '../protocol/answering';
import type { Catalog } from '../protocol/catalog';
import type { Infer } from '../protocol/infer';
import { generationOf } from '../protocol/link/http-parameters';

/**
 * Refuses what an inferrer resolved with an older generation than this host's, so that nothing
 * older than an acknowledged change is answered; the inferrer resolves it again. Callers of this
 * host itself are refused what is being unloaded, which inferrers that had queued it still get.
 */
export function currentGeneration(catalog: Catalog, next: Infer): Infer {
  return function generationChecked(request, context) {
    const generation = generationOf(request.parameters);
    if (generation === undefined) answering(catalog, request);
    else if (generation < knownGeneration(catalog, request.model)) {
      throw new ShoalError(
        'stale_generation',
        `model '${request.model}' has changed since generation ${generation}`,
      );
    }
    return next(request, context);
  };
}

function knownGeneration(catalog: Catalog, model: string): number {
  try {
    return catalog.model(model).generation;
  } catch {
    // Not served here: resolving says so in its own words.
    return 0;
  }
}
