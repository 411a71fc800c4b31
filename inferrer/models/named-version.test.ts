import { ShoalError } from '../../core/errors';
import { silentLogger } from '../../core/logging';
import { hostCatalog, modelEntry, versionEntry } from '../../tests/support/catalogs';
import { fakeRegistry, knownHost } from '../../tests/support/fake-registry';
import type { VersionEntry } from '../../protocol/catalog';
import type { ClusterParts } from './cluster-change';
import { named } from './named-version';

const naming = { model: 'm', version: 2, id: 'r' };

function hostWith(id: string, version: Partial<VersionEntry>, more: object = {}) {
  const versions = [versionEntry(1), versionEntry(2, version)];
  return knownHost(id, { catalog: hostCatalog(id, [modelEntry('m', { versions, ...more })]) });
}

interface Tried {
  readonly parts: ClusterParts;
  readonly registry: ReturnType<typeof fakeRegistry>;
  readonly calls: string[];
  given: boolean;
  readonly give: () => Promise<string>;
}

/** What hosts answer to the wish to hold a version. */
function tried(held: object | ShoalError, waitMs = 5000): Tried {
  const registry = fakeRegistry([]);
  const calls: string[] = [];
  const parts: ClusterParts = {
    registry,
    waitMs,
    logger: silentLogger(),
    call: (url, { method, path }) => {
      calls.push(`${method} ${path}`);
      if (held instanceof ShoalError) return Promise.reject(held);
      return Promise.resolve({ status: 200, host: url, body: { generation: 2, ...held } });
    },
  };
  const all = {
    parts,
    registry,
    calls,
    given: false,
    give: () => {
      all.given = true;
      return Promise.resolve('given');
    },
  };
  return all;
}

const held = { held: true, loads: true };
const path = '/modelhost/models/m/held/2';
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a version gets its name once all hosts serve it', async () => {
  const all = tried(held);
  all.registry.set([hostWith('a', {}), hostWith('b', { state: 'loading' })]);
  const giving = named(all.parts, naming, all.give);
  await turn();
  expect(all.given).toBe(false);
  all.registry.set([hostWith('a', {}), hostWith('b', {})]);
  expect(await giving).toBe('given');
  expect(all.calls).toEqual([`PUT ${path}`]);
});

test('one host that cannot: no name, it is let go, and the error says who and why', async () => {
  const all = tried(held);
  const sick = { state: 'failed', reason: 'No memory is left.' } as const;
  all.registry.set([hostWith('a', {}), hostWith('b', sick)]);
  await expect(named(all.parts, naming, all.give)).rejects.toMatchObject({
    code: 'model_rejected',
    message:
      "Modelhost b cannot serve version 2 of model 'm': No memory is left. Nothing has changed.",
    details: {
      fields: {
        hosts: [
          { host: 'a', state: 'ready' },
          { host: 'b', state: 'failed', reason: 'No memory is left.' },
        ],
      },
    },
  });
  expect(all.given).toBe(false);
  expect(all.calls).toEqual([`PUT ${path}`, `DELETE ${path}`]);
});

test('one host that does not come in time: the same; what was wanted anyhow is not let go', async () => {
  const all = tried({ held: false, loads: true }, 20);
  all.registry.set([hostWith('a', {}), hostWith('b', { state: 'loading' })]);
  const late = expect.stringMatching(/^Nothing has changed.*: b\.$/) as string;
  await expect(named(all.parts, naming, all.give)).rejects.toMatchObject({
    code: 'deadline_exceeded',
    message: late,
  });
  expect(all.calls).toEqual([`PUT ${path}`]);
});

test('one that is deleted meanwhile is not waited for', async () => {
  const all = tried(held);
  all.registry.set([hostWith('a', { state: 'loading' }, { generation: 2 })]);
  const giving = named(all.parts, naming, all.give);
  await turn();
  const versions = [versionEntry(1)];
  all.registry.set([hostWith('a', {}, { generation: 3, versions })]);
  await expect(giving).rejects.toThrow('it was deleted');
  expect(all.given).toBe(false);
});

test('a host of an earlier build, which loads only what has a name, is not waited for', async () => {
  const all = tried(held);
  const old = hostWith('b', { state: 'unloaded' }, { generation: 2 });
  all.registry.set([hostWith('a', {}), old]);
  expect(await named(all.parts, naming, all.give)).toBe('given');
});

test.each([
  ['holds it and has not begun to load it', [2]],
  ['does not hold it any more', []],
])('one that %s is', async (_what, holds) => {
  const all = tried(held, 20);
  all.registry.set([hostWith('a', { state: 'unloaded' }, { generation: 2, held: holds })]);
  await expect(named(all.parts, naming, all.give)).rejects.toThrow('in time');
});

test.each([
  ['no host knows of holding', new ShoalError('unknown_route', 'No route.')],
  ['nothing is loaded of the model', { held: false, loads: false }],
])('%s: the name is given at once', async (_what, answer) => {
  const all = tried(answer);
  all.registry.set([hostWith('a', { state: 'unloaded' })]);
  expect(await named(all.parts, naming, all.give)).toBe('given');
});

test('what a host refuses is refused', async () => {
  const all = tried(new ShoalError('unknown_version', 'No version 2.'));
  all.registry.set([hostWith('a', {})]);
  await expect(named(all.parts, naming, all.give)).rejects.toThrow('No version 2.');
  expect(all.given).toBe(false);
});

test('what fails in giving the name lets the version go', async () => {
  const all = tried(held);
  all.registry.set([hostWith('a', {})]);
  const give = (): Promise<never> => Promise.reject(new ShoalError('host_lost', 'gone'));
  await expect(named(all.parts, naming, give)).rejects.toThrow('gone');
  expect(all.calls).toEqual([`PUT ${path}`, `DELETE ${path}`]);
});
