import type { VersionEntry, VersionState } from '../../protocol/catalog';
import { knownHost } from '../../tests/support/fake-registry';
import { servable } from '../../tests/support/servables';
import { demandOrder, whyNowhere } from './demand-order';
import type { KnownHost } from './host-registry';

const asked = servable([], []);

interface Has {
  readonly state?: VersionState;
  readonly onDemand?: boolean;
  readonly generation?: number;
  readonly unloaded?: boolean;
  readonly freeBytes?: number;
  readonly ready?: boolean;
}

function host(id: string, has: Has = {}): KnownHost {
  const { state = 'unloaded', onDemand = true, generation = 1, freeBytes = 100 } = has;
  const version = { version: 1, state, ...(onDemand ? { onDemand } : {}), memoryBytes: 10 };
  const entry = { name: 'm', generation, defaultVersion: 1, labels: {}, description: '' };
  const unloaded = has.unloaded === true ? { unloaded: true } : {};
  const models = [{ ...entry, ...unloaded, versions: [version as unknown as VersionEntry] }];
  const catalog = { host: id, revision: '1', models };
  return knownHost(id, { catalog, freeBytes, ready: has.ready ?? true });
}

const order = (...hosts: KnownHost[]): string =>
  demandOrder(hosts, asked)
    .map(({ id }) => id)
    .join(' ');

describe('which host is asked to load a model', () => {
  test('always the same one first, whatever the order of the list', () => {
    const [a, b, c] = [host('a'), host('b'), host('c')];
    expect(order(a, b, c)).toBe(order(c, b, a));
  });

  test('one with room before those without, one that is at it before all', () => {
    const full = ['a', 'b', 'c', 'd'].map((id) => host(id, { freeBytes: 9 }));
    expect(order(...full, host('e'))).toMatch(/^e /);
    expect(order(...full, host('e'), host('f', { state: 'loading', freeBytes: 0 }))).toMatch(
      /^f e /,
    );
  });

  test.each<[string, Has]>([
    ['does not have it on demand', { onDemand: false }],
    ['is ahead', { generation: 2 }],
    ['has unloaded it', { unloaded: true }],
    ['is not ready', { ready: false }],
  ])('none that %s', (_what, has) => {
    expect(order(host('a', has))).toBe('');
  });
});

test('where no host is labelled for a version, that is why nobody serves it', () => {
  const known = (id: string, placed: 'elsewhere' | 'nowhere'): KnownHost => {
    const one = { version: 1, state: 'unloaded', placed, reason: 'no labels' };
    const entry = { name: 'm', generation: 1, defaultVersion: 1, labels: {}, description: '' };
    const models = [{ ...entry, versions: [one as unknown as VersionEntry] }];
    return knownHost(id, { catalog: { host: id, revision: '1', models } });
  };
  expect(whyNowhere([known('a', 'nowhere'), known('b', 'nowhere')], asked)).toBe('no labels');
  expect(whyNowhere([known('a', 'nowhere'), known('b', 'elsewhere')], asked)).toBeUndefined();
  expect(whyNowhere([], asked)).toBeUndefined();
});
