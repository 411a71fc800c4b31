import type { SharedRegions } from './shared-memory';

/**
 * The parts of the protocol beyond its core that work here, by Triton's names. Not `sequence`: its
 * parameters are taken, but no model keeps anything between two requests.
 */
export const extensions: readonly string[] = [
  'classification',
  'model_repository',
  'model_repository(unload_dependents)',
  'schedule_policy',
  'model_configuration',
  'binary_tensor_data',
  'parameters',
  'statistics',
  'trace',
  'logging',
];

/** The same with what works only where the operator wants it. */
export function extensionsWith({ offered }: Pick<SharedRegions, 'offered'>): readonly string[] {
  return offered ? [...extensions, 'system_shared_memory'] : extensions;
}
