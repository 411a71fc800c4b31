import type { VersionState } from '../../protocol/catalog';

/** What may follow what. A life goes only forward; loading again begins another life. */
const following: Readonly<Record<VersionState, readonly VersionState[]>> = {
  new: ['loading'],
  loading: ['ready', 'failed'],
  ready: ['draining', 'failed'],
  draining: ['unloaded', 'failed'],
  unloaded: [],
  failed: [],
};

/** The state that a life enters. Throws where that would be a step back: a fault of the server. */
export function advance(from: VersionState, to: VersionState): VersionState {
  if (following[from].includes(to)) return to;
  throw new Error(`a version that is ${from} cannot become ${to}`);
}
