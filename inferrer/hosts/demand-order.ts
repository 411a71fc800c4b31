import type { Servable, VersionEntry } from '../../protocol/catalog';
import { affinity } from '../../serving/dispatch/affinity';
import type { KnownHost } from './host-registry';

/**
 * What a host says of the version, where it may be asked to load it; undefined where it may not, also
 * because others are to have the version.
 */
export function mayHave(
  { ready, draining, catalog }: KnownHost,
  { model, version, generation }: Servable,
): VersionEntry | undefined {
  const entry = catalog?.models.find(({ name }) => name === model);
  if (!ready || draining || entry === undefined || entry.unloaded === true) return undefined;
  if (entry.generation > generation) return undefined;
  const found = entry.versions.find((each) => each.version === version);
  return found?.onDemand === true ? found : undefined;
}

/** Why no host is to have the version, as a host says it; undefined where some are. */
export function whyNowhere(
  hosts: readonly KnownHost[],
  { model, version }: Servable,
): string | undefined {
  const entries = hosts.flatMap(({ catalog }) =>
    (catalog?.models.find(({ name }) => name === model)?.versions ?? []).filter(
      (each) => each.version === version,
    ),
  );
  const nowhere = entries.every(({ placed }) => placed === 'nowhere');
  return nowhere ? entries.at(0)?.reason : undefined;
}

/**
 * The hosts that may be asked to load a servable, in the order in which to ask them: one that is at
 * it, those with room, and then all others; among equals the one that the servable belongs to.
 */
export function demandOrder(hosts: readonly KnownHost[], servable: Servable): readonly KnownHost[] {
  const key = `${servable.model}:${servable.version}`;
  return hosts
    .flatMap((host) => {
      const entry = mayHave(host, servable);
      if (entry === undefined) return [];
      return [{ host, rank: rankOf(host, entry), number: affinity(host.id, key) }];
    })
    .sort((a, b) => a.rank - b.rank || b.number - a.number)
    .map(({ host }) => host);
}

function rankOf({ freeBytes = 0 }: KnownHost, { state, memoryBytes = 0 }: VersionEntry): number {
  if (state === 'loading') return 0;
  return freeBytes >= memoryBytes ? 1 : 2;
}
