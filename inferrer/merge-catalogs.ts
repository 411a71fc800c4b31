import {
  isLeaving,
  type HostCatalog,
  type ModelEntry,
  type VersionEntry,
  type VersionState,
} from '../protocol/catalog';

/** Which state the cluster is in when its hosts differ: one host that serves is enough. */
const preference: readonly VersionState[] = [
  'ready',
  'loading',
  'new',
  'draining',
  'failed',
  'unloaded',
];

/**
 * What the cluster serves, from what each host says: per model the facts of the highest
 * generation, per version the best state of those that stay in that generation. Sorted by name and version.
 */
export function mergeCatalogs(catalogs: readonly HostCatalog[]): ModelEntry[] {
  const byName = new Map<string, ModelEntry[]>();
  for (const { models } of catalogs) {
    for (const entry of models) {
      const entries = byName.get(entry.name);
      if (entries === undefined) byName.set(entry.name, [entry]);
      else entries.push(entry);
    }
  }
  return [...byName.values()].map(mergeModel).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function mergeModel(entries: readonly ModelEntry[]): ModelEntry {
  const newest = entries.reduce((best, entry) =>
    entry.generation > best.generation ? entry : best,
  );
  const staying = new Set(
    entries
      .filter(({ generation }) => generation === newest.generation)
      .flatMap((entry) => entry.versions.filter((version) => !isLeaving(version)))
      .map(({ version }) => version),
  );
  const versions = new Map<number, VersionEntry>();
  for (const { generation, versions: own } of entries) {
    for (const version of own) {
      const known = versions.get(version.version);
      if (generation < newest.generation && !staying.has(version.version)) continue;
      if (known === undefined || better(version, known)) versions.set(version.version, version);
    }
  }
  const { unloaded, ...rest } = newest;
  return {
    ...rest,
    ...(unloaded === true && nobodyServes(entries, newest.generation) ? { unloaded } : {}),
    versions: [...versions.values()].sort((a, b) => a.version - b.version),
  };
}

/** A host that has not heard of it yet serves it. */
function nobodyServes(entries: readonly ModelEntry[], generation: number): boolean {
  return entries.every((entry) => entry.unloaded === true || entry.generation < generation);
}

function better(one: VersionEntry, other: VersionEntry): boolean {
  return rankOf(one) < rankOf(other);
}

/**
 * What can be asked for comes behind what is loaded, and before all that cannot. Of a version that is
 * not on all hosts those count that are to have it.
 */
function rankOf({ state, onDemand, placed = 'here' }: VersionEntry): number {
  if (onDemand === true) return 0.5;
  return placed !== 'here' && state === 'unloaded' ? 4.5 : preference.indexOf(state);
}
