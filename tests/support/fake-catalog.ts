import { ShoalError } from '../../core/errors';
import type { Catalog, ModelEntry, Servable, VersionEntry } from '../../protocol/catalog';

/** A catalog of these servables; the last version of each model is its default. */
export function fakeCatalog(servables: readonly Servable[]): Catalog {
  const model = (name: string): ModelEntry => {
    const found = servables.filter((servable) => servable.model === name);
    const last = found.at(-1);
    if (last === undefined) {
      throw new ShoalError('unknown_model', `Request for unknown model: '${name}' is not found`);
    }
    return {
      name,
      generation: last.generation,
      defaultVersion: last.version,
      labels: {},
      description: '',
      versions: found.map(versionEntry),
    };
  };
  return {
    resolve(name, version) {
      const wanted = version === '' ? model(name).defaultVersion : Number(version);
      model(name);
      const found = servables.find((it) => it.model === name && it.version === wanted);
      if (found !== undefined) return found;
      throw new ShoalError(
        'unknown_version',
        `Request for unknown model: '${name}' version ${version} is not found`,
      );
    },
    models: () => [...new Set(servables.map((servable) => servable.model))].sort().map(model),
    model,
    refresh: () => Promise.resolve(),
  };
}

function versionEntry(servable: Servable): VersionEntry {
  return {
    ...servable,
    state: 'ready',
    reason: '',
    sha256: '',
    bytes: 0,
    opsets: {},
    producer: '',
    metadata: {},
    rowUs: { alone: 10, batched: 5 },
    runner: 'runner-1',
  };
}
