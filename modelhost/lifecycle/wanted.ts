import type { VersionPolicy } from '../model-config/model-config';
import { namedVersions } from '../repository/model-state';
import type { Residency } from '../memory/residency';
import type { WantedVersion } from '../memory/managed-versions';
import type { Placements } from '../placement/placements';
import type { ModelSnapshot } from '../repository/snapshot';
import { isThere, type ModelLife } from './model-life';
import type { WantedModel } from './next-action';
import { rolesIn } from './roles';

/**
 * What shall be loaded of a model: what its policy selects, what has a name to be called by, and what
 * is to get one; nothing where it was unloaded.
 */
export function wantedOf(model: ModelSnapshot): WantedModel {
  const { state, versions, leftovers } = model;
  const { generation } = state;
  if (state.unloaded) {
    return { generation, versions: new Map(), urgent: [], leftovers, unloaded: true };
  }
  const policy = versions.at(-1)?.config.versionPolicy ?? { kind: 'all' };
  const numbers = versions.map(({ version }) => version);
  const urgent = namedVersions(state).filter((version) => numbers.includes(version));
  const toBeNamed = [...state.held, state.successor];
  const selected = new Set([...selectedBy(policy, numbers), ...urgent, ...toBeNamed]);
  return {
    generation,
    versions: new Map(
      versions
        .filter(({ version }) => selected.has(version))
        .map(({ version, key }) => [version, key]),
    ),
    urgent,
    leftovers,
    unloaded: false,
  };
}

function selectedBy(policy: VersionPolicy, rising: readonly number[]): readonly number[] {
  switch (policy.kind) {
    case 'all':
      return rising;
    case 'latest':
      return rising.slice(-policy.count);
    case 'specific':
      return policy.versions;
  }
}

/** What shall be loaded on this host of all models. */
export function wantedHere(
  snapshot: ReadonlyMap<string, ModelSnapshot>,
  placements: Placements | undefined,
  lives: ReadonlyMap<string, ModelLife>,
): ReadonlyMap<string, WantedModel> {
  const wanted = new Map([...snapshot].map(([name, model]) => [name, wantedOf(model)]));
  if (placements === undefined) return wanted;
  return placements.here(snapshot, wanted, (model, version) =>
    isThere(lives.get(model)?.versions.get(version)),
  );
}

/** All versions of all models that are wanted. */
export function wantedVersions(
  snapshot: ReadonlyMap<string, ModelSnapshot>,
  wanted: ReadonlyMap<string, WantedModel>,
): WantedVersion[] {
  return [...snapshot].flatMap(([name, { state, versions }]) => {
    const { versions: selected, urgent } = wanted.get(name) ?? {};
    const { shadow } = rolesIn(state);
    return versions
      .filter(({ version }) => selected?.has(version))
      .map((stored) => ({
        stored,
        urgent: urgent?.includes(stored.version) === true,
        copies: stored.version === shadow?.version ? shadow.copies : undefined,
      }));
  });
}

/** What is wanted of a model, and how much of that there is memory for. */
export function nowOf(
  wanted: WantedModel | undefined,
  residency: Residency | undefined,
  model: string,
): WantedModel | undefined {
  if (wanted === undefined || residency === undefined) return wanted;
  return { ...wanted, away: residency.away(model, wanted.versions.keys()) };
}
