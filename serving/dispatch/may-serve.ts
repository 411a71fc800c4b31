import {
  isPlaced,
  type ModelEntry,
  type Servable,
  type VersionEntry,
} from '../../protocol/catalog';

/**
 * True where a host with this entry of the servable's model serves the servable or may come to:
 * no change that it knows of has replaced it, and the version has neither failed nor left for good.
 */
export function mayServe(entry: ModelEntry | undefined, servable: Servable): boolean {
  const found = versionIn(entry, servable);
  if (found === undefined) return false;
  return found.onDemand === true || ['new', 'loading', 'ready'].includes(found.state);
}

/** As `mayServe`, for the cluster: also where the servable is to be on other hosts. */
export function someMayServe(entry: ModelEntry | undefined, servable: Servable): boolean {
  const found = versionIn(entry, servable);
  return found !== undefined && (isPlaced(found) || mayServe(entry, servable));
}

function versionIn(
  entry: ModelEntry | undefined,
  { version, generation }: Servable,
): VersionEntry | undefined {
  if (entry === undefined || entry.generation > generation) return undefined;
  return entry.versions.find((each) => each.version === version);
}
