import { ShoalError } from '../../core/errors';
import type { Catalog, Servable } from '../catalog';
import type { ModelReference } from '../model-name';

/**
 * What a call means, for dialects that read a body by the model's signature. Where no host has
 * reported yet, the catalog is asked to wait for one, at most until the deadline (performance.now).
 * Throws what `Catalog.resolve` throws.
 */
export function servableFor(
  catalog: Catalog,
  { model, version }: ModelReference,
  deadline: () => number,
): Servable | Promise<Servable> {
  try {
    return catalog.resolve(model, version);
  } catch (error) {
    if (!(error instanceof ShoalError) || error.code !== 'no_host') throw error;
    return catalog.refresh(model, deadline()).then(() => catalog.resolve(model, version));
  }
}
