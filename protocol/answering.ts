import { ShoalError } from '../core/errors';
import type { Catalog, Servable } from './catalog';
import type { ModelReference } from './model-name';

/**
 * The servable that is asked for an answer: what `Catalog.resolve` finds, or a stand-in, whose
 * `refusal` says why it is one. Throws what `Catalog.resolve` throws.
 */
export function answering(catalog: Catalog, { model, version }: ModelReference): Servable {
  try {
    return catalog.resolve(model, version);
  } catch (error) {
    if (!(error instanceof ShoalError) || error.code !== 'model_not_ready') throw error;
    const standIn = catalog.standIn?.(model, version);
    if (standIn === undefined) throw error;
    return { ...standIn, refusal: error.message };
  }
}
