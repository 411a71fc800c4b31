import type { ModelEntry, Servable } from '../../protocol/catalog';

/**
 * True where a host with this entry of the servable's model serves the servable or may come to:
 * no change that it knows of has replaced it, and the version has neither failed nor left.
 */
export function mayServe(entry: ModelEntry | undefined, servable: Servable): boolean {
  if (entry === undefined || entry.generation > servable.generation) return false;
  const found = entry.versions.find(({ version }) => version === servable.version);
  return found !== undefined && ['new', 'loading', 'ready'].includes(found.state);
}
