import { isServed, type ModelEntry, type VersionEntry, type VersionState } from '../catalog';
import type { IndexEntry, IndexState } from './model-control';

/** Why an unloaded model is not ready, in Triton's word. */
const unloadedReason = 'unloaded';

const states: Readonly<Record<VersionState, IndexState>> = {
  new: 'LOADING',
  loading: 'LOADING',
  ready: 'READY',
  draining: 'UNLOADING',
  unloaded: 'UNAVAILABLE',
  failed: 'UNAVAILABLE',
};

/**
 * The repository's index: a line per version, in the order of the catalog; a model without one has
 * a line of its own. With `onlyReady` the lines of what can answer.
 */
export function repositoryIndex(
  models: readonly ModelEntry[],
  onlyReady: boolean,
): readonly IndexEntry[] {
  const all = models.flatMap(linesOf);
  return onlyReady ? all.filter(({ state }) => state === 'READY') : all;
}

function linesOf(model: ModelEntry): IndexEntry[] {
  if (model.versions.length === 0) return [{ name: model.name }];
  return model.versions.map((version) => lineOf(model, version));
}

function lineOf(model: ModelEntry, version: VersionEntry): IndexEntry {
  const state = stateOf(model, version);
  const reason = reasonOf(model, version, state);
  return {
    name: model.name,
    version: String(version.version),
    state,
    ...(reason === '' ? {} : { reason }),
  };
}

/** What is loaded when it is asked for is ready to be asked. */
function stateOf(model: ModelEntry, version: VersionEntry): IndexState {
  if (model.unloaded === true && version.state === 'ready') return 'UNLOADING';
  return isServed(version) ? 'READY' : states[version.state];
}

function reasonOf(model: ModelEntry, version: VersionEntry, state: IndexState): string {
  if (state !== 'UNAVAILABLE') return '';
  if (model.unloaded === true && version.state !== 'failed') return unloadedReason;
  return version.reason;
}
