import type { VersionEntry } from '../../protocol/catalog';
import { hostCatalog, modelEntry, versionEntry } from '../../tests/support/catalogs';
import { fakeRegistry, knownHost } from '../../tests/support/fake-registry';
import { allHosts, placedLines, servesVersion } from './host-progress';

const elsewhere = { state: 'unloaded', placed: 'elsewhere' } as const;

/** Hosts a, b, ... with what each says of version 2. */
const hosts = (...versions: readonly Partial<VersionEntry>[]) =>
  versions.map((changes, at) => {
    const id = 'abc'.charAt(at);
    const entry = modelEntry('m', { versions: [versionEntry(2, changes)] });
    return knownHost(id, { catalog: hostCatalog(id, [entry]) });
  });

const change = { model: 'm', version: 2, progress: servesVersion(2) };
const soon = (): number => performance.now() + 20;

describe('a version that is not on all hosts', () => {
  test('hosts that are not to have it are not waited for', async () => {
    const registry = fakeRegistry(hosts(elsewhere, { placed: 'here' }));
    const { complete, lines } = await allHosts(registry, change, soon());
    expect([complete, lines.map(({ state }) => state)]).toEqual([true, ['elsewhere', 'ready']]);
  });

  test.each([
    ['each thinks that others are to have it', elsewhere],
    ['one that is to have it is at it', { state: 'loading', placed: 'here' } as const],
  ])('while %s, it is waited for', async (_what, other) => {
    const registry = fakeRegistry(hosts(elsewhere, other));
    expect((await allHosts(registry, change, soon())).complete).toBe(false);
  });

  test('where no host is labelled for it, that is the reason why it fails', async () => {
    const nowhere = { state: 'unloaded', placed: 'nowhere', reason: 'no labels' } as const;
    const registry = fakeRegistry(hosts(nowhere, nowhere));
    const { complete, lines } = await allHosts(registry, change, performance.now() + 20_000);
    expect([complete, lines[0]]).toMatchObject([false, { state: 'failed', reason: 'no labels' }]);
  });

  test('a change that all act on says who does not have the version', () => {
    const registry = fakeRegistry(hosts(elsewhere, { placed: 'here' }));
    const line = { version: 2, state: 'ready', ms: 1 } as const;
    const lines = ['a', 'b'].map((host) => ({ ...line, host }));
    expect(placedLines(lines, registry, 'm').map(({ state }) => state)).toEqual([
      'elsewhere',
      'ready',
    ]);
  });
});

describe('a version that was there by generation 4', () => {
  const progress = servesVersion(2, 4);
  const coming = versionEntry(2, { state: 'loading' });
  const at = (generation: number, versions = [versionEntry(1)], changes: object = {}) =>
    progress(modelEntry('m', { generation, versions, ...changes }));

  test.each([
    ['has not come there', 3],
    ['came there before the version did', 4],
  ])('is waited for where a host %s', (_what, generation) => {
    expect(at(generation)).toEqual({ state: 'waiting' });
    expect(at(generation + 1, [coming])).toEqual({ state: 'waiting' });
  });

  test('does not come any more where it is missing later', () => {
    const reason = 'it was deleted while it was being loaded';
    expect(at(5)).toEqual({ state: 'failed', reason });
    expect(at(5, [])).toEqual({ state: 'failed', reason });
  });

  test('does not come any more where the model is unloaded from then on', () => {
    const away = { unloaded: true };
    const stored = [versionEntry(2, { state: 'unloaded' })];
    const reason = 'it was unloaded while it was being loaded';
    expect(at(3, stored, away)).toEqual({ state: 'waiting' });
    expect(at(4, stored, away)).toEqual({ state: 'failed', reason });
  });
});
