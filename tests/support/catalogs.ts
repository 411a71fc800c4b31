import { ShoalError } from '../../core/errors';
import type { Catalog, HostCatalog, ModelEntry, VersionEntry } from '../../protocol/catalog';
import { spec } from './servables';

/** Entries of catalogs for tests that run no model. */
export function versionEntry(version: number, changes: Partial<VersionEntry> = {}): VersionEntry {
  return {
    version,
    state: 'ready',
    reason: '',
    sha256: String(version).repeat(64).slice(0, 64),
    bytes: 1000 + version,
    signature: {
      inputs: [spec('X', [null, 4])],
      outputs: [spec('label', [null], 'INT64'), spec('scores', [null, 3])],
    },
    batching: { allowed: true, maxRows: 64, configured: false, maxDelayUs: 0 },
    image: null,
    timeoutMs: 60_000,
    opsets: { 'ai.onnx': 13 },
    producer: '',
    metadata: {},
    rowUs: { alone: 10, batched: 5 },
    runner: 'r-1',
    ...changes,
  };
}

export function modelEntry(name: string, changes: Partial<ModelEntry> = {}): ModelEntry {
  return {
    name,
    generation: 1,
    defaultVersion: 1,
    labels: {},
    description: '',
    versions: [versionEntry(1)],
    ...changes,
  };
}

export function hostCatalog(host: string, models: readonly ModelEntry[]): HostCatalog {
  return { host, revision: `${host}-${models.length}`, models };
}

/** A catalog of fixed entries. */
export function fixedCatalog(models: readonly ModelEntry[]): Catalog {
  function model(name: string): ModelEntry {
    const found = models.find((entry) => entry.name === name);
    if (found === undefined) throw new ShoalError('unknown_model', `No model '${name}'.`);
    return found;
  }
  return {
    models: () => models,
    model,
    refresh: () => Promise.resolve(),
    resolve(name, version) {
      const entry = model(name);
      const number = version === '' ? entry.defaultVersion : Number(version);
      const found = entry.versions.find((line) => line.version === number);
      if (found === undefined) throw new ShoalError('unknown_version', `No version '${version}'.`);
      const { signature, batching, image, timeoutMs } = found;
      const { generation } = entry;
      return {
        model: name,
        version: number,
        generation,
        signature,
        batching,
        image,
        timeoutMs,
        defaultTimeoutMs: timeoutMs,
        defaultAnswer: null,
        rates: null,
      };
    },
  };
}
