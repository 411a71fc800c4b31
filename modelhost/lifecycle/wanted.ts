import type { VersionPolicy } from '../model-config/model-config';
import type { ModelSnapshot } from '../repository/snapshot';
import type { WantedModel } from './next-action';

/**
 * What shall be loaded of a model: what its policy selects, and what has a name to be called by;
 * nothing where it was unloaded.
 */
export function wantedOf(model: ModelSnapshot): WantedModel {
  const { state, versions, leftovers } = model;
  const { generation } = state;
  if (state.unloaded) {
    return { generation, versions: new Map(), urgent: [], leftovers, unloaded: true };
  }
  const policy = versions.at(-1)?.config.versionPolicy ?? { kind: 'all' };
  const numbers = versions.map(({ version }) => version);
  const urgent = [...new Set([state.default, ...Object.values(state.labels)])].filter((version) =>
    numbers.includes(version),
  );
  const selected = new Set([...selectedBy(policy, numbers), ...urgent]);
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
