import { ShoalError } from '../../../core/errors';
import type { Catalog, ModelEntry } from '../../catalog';
import { parseModelReference } from '../../model-name';
import { notOnnxName } from './model-extension';

/**
 * The model that a path names, and the version that it asks for. Throws invalid_name,
 * unknown_model, or not_onnx_name where the name is another framework's file.
 */
export function namedModel(
  catalog: Catalog,
  reference: string,
): { readonly entry: ModelEntry; readonly version: string } {
  const { model, version } = parseModelReference(reference);
  try {
    return { entry: catalog.model(model), version };
  } catch (error) {
    throw error instanceof ShoalError ? notOnnxName(model, error) : error;
  }
}
