import type { ModelEntry, VersionEntry, VersionState } from '../protocol/catalog';
import { hostCatalog, modelEntry, versionEntry } from '../tests/support/catalogs';
import { mergeCatalogs } from './merge-catalogs';

function merged(...entries: readonly ModelEntry[]): ModelEntry {
  const [model] = mergeCatalogs(entries.map((entry, at) => hostCatalog(`h${at}`, [entry])));
  return model!;
}

function at(generation: number, ...states: readonly VersionState[]): ModelEntry {
  const versions = states.map((state, index) => versionEntry(index + 1, { state }));
  return modelEntry('m', { generation, defaultVersion: generation, versions });
}

const statesOf = (entry: ModelEntry): string[] => entry.versions.map(({ state }) => state);

test('facts are those of the highest generation, whoever comes first', () => {
  expect(merged(at(1, 'ready', 'ready'), at(2, 'ready', 'ready')).defaultVersion).toBe(2);
  expect(merged(at(2, 'ready', 'ready'), at(1, 'ready', 'ready')).defaultVersion).toBe(2);
});

test('one host that serves a version is enough', () => {
  expect(statesOf(merged(at(1, 'loading', 'failed'), at(1, 'ready', 'loading')))).toEqual([
    'ready',
    'loading',
  ]);
});

test('what leaves in the highest generation is not held by hosts that are behind', () => {
  expect(statesOf(merged(at(2, 'draining', 'ready'), at(1, 'ready', 'ready')))).toEqual([
    'draining',
    'ready',
  ]);
  expect(statesOf(merged(at(1, 'ready'), at(2)))).toEqual([]);
});

test('what a host that is behind has loaded counts where it stays', () => {
  expect(statesOf(merged(at(2, 'loading'), at(1, 'ready')))).toEqual(['ready']);
});

test('of a version that is not on all hosts those count that are to have it', () => {
  const placed = (...changes: readonly Partial<VersionEntry>[]): ModelEntry =>
    merged(...changes.map((one) => modelEntry('m', { versions: [versionEntry(1, one)] })));
  const elsewhere = { state: 'unloaded', placed: 'elsewhere' } as const;
  expect(placed(elsewhere, { placed: 'here' }).versions).toMatchObject([{ state: 'ready' }]);
  for (const state of ['loading', 'failed'] as const) {
    expect(statesOf(placed(elsewhere, { state, placed: 'here' }))).toEqual([state]);
  }
  expect(placed(elsewhere, elsewhere).versions).toMatchObject([elsewhere]);
});
