import { ShoalError } from '../../core/errors';
import { answering } from '../answering';
import type { Catalog, Servable } from '../catalog';
import type { ModelReference } from '../model-name';

/**
 * What a call means, for dialects that read a body by the model's signature. Where no host has
 * reported yet, the catalog is asked to wait for one, at most until the deadline (performance.now).
 * Throws what `Catalog.resolve` throws.
 */
export function servableFor(
  catalog: Catalog,
  asked: ModelReference,
  deadline: () => number,
): Servable | Promise<Servable> {
  try {
    return answering(catalog, asked);
  } catch (error) {
    if (!(error instanceof ShoalError) || error.code !== 'no_host') throw error;
    return catalog.refresh(asked.model, deadline()).then(() => answering(catalog, asked));
  }
}
