import { input, jsonRequest } from '../scenarios';
import type { WrkRequest } from '../wrk';

/** An answer needs some time to its client after its deadline was kept. */
export const graceMs = 50;

/** To a model of some milliseconds, or to one of some 20. */
export type SlowModel = 'bench-slow' | 'bench-long';

export function slowRequest(
  model: SlowModel,
  parameters: Readonly<Record<string, number>> = {},
): WrkRequest {
  return jsonRequest(model, [input('x', [1, 16])], parameters).request;
}
