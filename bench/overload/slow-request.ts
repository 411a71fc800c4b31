import { input, jsonRequest } from '../scenarios';
import type { WrkRequest } from '../wrk';

/** An answer needs some time to its client after its deadline was kept. */
export const graceMs = 50;

/** To a model of some milliseconds. */
export function slowRequest(parameters: Readonly<Record<string, number>> = {}): WrkRequest {
  return jsonRequest('bench-slow', [input('x', [1, 16])], parameters).request;
}
