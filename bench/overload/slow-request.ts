import { input, jsonRequest } from '../requests';
import type { LoadRequest } from '../load-request';

/** An answer needs some time to its client after its deadline was kept. */
export const graceMs = 50;

/** One of some milliseconds, and one of some 20. */
export const slowModels = ['bench-slow', 'bench-long'] as const;
export type SlowModel = (typeof slowModels)[number];

export function slowRequest(
  model: SlowModel,
  parameters: Readonly<Record<string, number>> = {},
): LoadRequest {
  return jsonRequest(model, [input('x', [1, 16])], parameters).request;
}
