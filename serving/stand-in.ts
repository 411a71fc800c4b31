import type { ModelEntry, Servable, VersionState } from '../protocol/catalog';
import { servableOf, versionMeant } from './servable-of';

/** States of a version that is there and cannot answer. */
const notReady: ReadonlySet<VersionState> = new Set<VersionState>(['new', 'loading', 'failed']);

/**
 * What is asked in place of a version that cannot answer now, where the version declares a default
 * answer: that is given then. Nothing where the model was unloaded, which is no fault of it.
 */
export function standInOf(entry: ModelEntry, version: string): Servable | undefined {
  if (entry.unloaded === true) return undefined;
  const number = versionMeant(entry, version);
  const meant = entry.versions.find((each) => each.version === number);
  if (meant?.defaultAnswer == null || !notReady.has(meant.state)) return undefined;
  return servableOf(entry, meant);
}
