import type { ModelEntry } from '../../protocol/catalog';
import type { RunnerEnding } from '../../protocol/cluster/heartbeat';
import { hostCatalog, modelEntry, versionEntry } from '../../tests/support/catalogs';
import { knownHost } from '../../tests/support/fake-registry';
import { clusterChanges } from './cluster-changes';
import { snapshotOf, type ClusterSnapshot } from './cluster-snapshot';

/** Names with what else is said, in the order in which it is told. */
function told(before: ClusterSnapshot, now: ClusterSnapshot): string[] {
  return clusterChanges(before, now).map(({ name, data }) => `${name} ${JSON.stringify(data)}`);
}

const host = (id: string, changes: Parameters<typeof knownHost>[1] = {}): ClusterSnapshot =>
  snapshotOf([knownHost(id, changes)], null);
const none = snapshotOf([], null);

describe('hosts', () => {
  test.each([
    ['joins', none, host('a', { ready: false }), ['host.joined {"host":"a","runners":[]}']],
    [
      'joins, ready at once',
      none,
      host('a'),
      ['host.joined {"host":"a","runners":[]}', 'host.ready {"host":"a"}'],
    ],
    ['has loaded everything', host('a', { ready: false }), host('a'), ['host.ready {"host":"a"}']],
    ['falls silent', host('a'), host('a', { silent: true }), ['host.silent {"host":"a"}']],
    ['is left out', host('a'), host('a', { leftOut: true }), ['host.left_out {"host":"a"}']],
    [
      'is left out, then silent as well',
      host('a', { leftOut: true }),
      host('a', { leftOut: true, silent: true }),
      ['host.silent {"host":"a"}'],
    ],
    ['answers again', host('a', { leftOut: true }), host('a'), ['host.ready {"host":"a"}']],
    ['is heard again', host('a', { silent: true }), host('a'), ['host.ready {"host":"a"}']],
    ['is leaving', host('a'), host('a', { draining: true }), ['host.draining {"host":"a"}']],
    ['has left', host('a'), none, ['host.left {"host":"a"}']],
    [
      'was started again elsewhere, under the same id',
      host('a'),
      host('a', { url: 'http://a:2', ready: false }),
      ['host.left {"host":"a"}', 'host.joined {"host":"a","runners":[]}'],
    ],
    ['is as before', host('a'), host('a'), []],
  ])('one %s', (_, before, now, wanted) => {
    expect(told(before, now)).toEqual(wanted);
  });
});

describe('runners', () => {
  const at = (ids: string, endings?: readonly RunnerEnding[]): ClusterSnapshot =>
    host('a', {
      runners: ids.split('').map((id) => ({ id, address: 'unix:/r' })),
      ...(endings === undefined ? {} : { endings }),
    });
  const died: RunnerEnding = { id: '1', kind: 'died', reason: 'it ended with SIGSEGV' };
  const replaced: RunnerEnding = { id: '1', kind: 'replaced', reason: '' };
  const left: RunnerEnding = { id: '1', kind: 'left', reason: '' };
  const second = '{"host":"a","runner":"2"}';

  test.each([
    [
      'died and was started again between two looks',
      at('1', []),
      at('2', [died]),
      [
        'runner.died {"host":"a","runner":"1","reason":"it ended with SIGSEGV"}',
        `runner.started ${second}`,
      ],
    ],
    [
      'was replaced, and finishes what it has',
      at('1', []),
      at('12', [replaced]),
      [`runner.started ${second}`, 'runner.replaced {"host":"a","runner":"1"}'],
    ],
    [
      'has finished after that',
      at('12', [replaced]),
      at('2', [replaced, left]),
      ['runner.left {"host":"a","runner":"1"}'],
    ],
    [
      'is not needed any more',
      at('12', []),
      at('1', []),
      ['runner.left {"host":"a","runner":"2"}'],
    ],
    [
      'is gone from a host of an earlier build',
      at('1'),
      at('2'),
      [`runner.started ${second}`, 'runner.left {"host":"a","runner":"1"}'],
    ],
    [
      'had died so soon that nobody had heard of it',
      at('2', []),
      at('2', [died]),
      ['runner.died {"host":"a","runner":"1","reason":"it ended with SIGSEGV"}'],
    ],
    [
      'ended in a way that a later build knows',
      at('1', []),
      at('2', [{ id: '1', kind: 'moved' as 'left', reason: '' }]),
      [`runner.started ${second}`, 'runner.left {"host":"a","runner":"1"}'],
    ],
    ['died before, which was told', at('2', [died]), at('2', [died]), []],
  ])('one %s', (_, before, now, wanted) => {
    expect(told(before, now)).toEqual(wanted);
  });
});

const served = (models: readonly ModelEntry[]): ClusterSnapshot =>
  snapshotOf([knownHost('a', { catalog: hostCatalog('a', models) })], models);
const model = (changes: Partial<ModelEntry> = {}): ClusterSnapshot =>
  served([modelEntry('m', { generation: 7, ...changes })]);
const two = [versionEntry(1), versionEntry(2)];

describe('models', () => {
  test('one is uploaded: it is stored, loaded and live before it is anything else', () => {
    expect(told(served([]), model({ labels: { stable: 1 } }))).toEqual([
      'model.added {"model":"m","generation":7}',
      'version.stored {"model":"m","generation":7,"version":1}',
      'version.loaded {"model":"m","version":1,"host":"a"}',
      'version.live {"model":"m","generation":7,"version":1}',
      'default.set {"model":"m","generation":7,"version":1}',
      'label.set {"model":"m","generation":7,"label":"stable","version":1}',
    ]);
  });

  test('one is deleted', () => {
    expect(told(model(), served([]))).toEqual([
      'version.unloaded {"model":"m","version":1,"host":"a"}',
      'model.deleted {"model":"m"}',
    ]);
  });

  const rest = (name: string, data: object): string =>
    `${name} ${JSON.stringify({ model: 'm', generation: 7, ...data })}`;
  const away = versionEntry(1, { state: 'unloaded', onDemand: true, memoryBytes: 1 });

  test.each<[string, Partial<ModelEntry>, Partial<ModelEntry>, string[]]>([
    [
      'default',
      { versions: two },
      { versions: two, defaultVersion: 2 },
      [rest('default.set', { version: 2, before: 1 })],
    ],
    [
      'labels, also by names that objects have',
      { labels: { a: 1, constructor: 1 } },
      { labels: { a: 2, valueOf: 1 } },
      [
        rest('label.set', { label: 'a', version: 2, before: 1 }),
        rest('label.set', { label: 'valueOf', version: 1 }),
        rest('label.removed', { label: 'constructor', before: 1 }),
      ],
    ],
    ['description', {}, { description: 'New.' }, [rest('model.described', {})]],
    [
      'variants and shadow',
      {},
      {
        traffic: {
          variants: [{ version: 1, weight: 1 }],
          sticky: { header: 'x-user' },
          shadow: { version: 2, share: 1 },
        },
      },
      [
        rest('variants.set', {
          variants: [{ version: 1, weight: 1 }],
          sticky: { header: 'x-user' },
        }),
        rest('shadow.set', { version: 2, share: 1 }),
      ],
    ],
    [
      'both taken away',
      { traffic: { variants: [{ version: 1, weight: 1 }], shadow: { version: 2, share: 1 } } },
      {},
      [rest('variants.removed', {}), rest('shadow.removed', {})],
    ],
    [
      'a version deleted',
      { versions: two },
      {},
      [
        'version.unloaded {"model":"m","version":2,"host":"a"}',
        rest('version.deleted', { version: 2 }),
      ],
    ],
    [
      'a version that cannot be served any more',
      {},
      { versions: [versionEntry(1, { state: 'failed', reason: 'it killed its runners' })] },
      [
        'version.failed {"model":"m","version":1,"host":"a","reason":"it killed its runners"}',
        rest('version.down', { version: 1, state: 'failed', reason: 'it killed its runners' }),
      ],
    ],
    [
      'out of memory until somebody asks: it is as live as before',
      {},
      { versions: [away] },
      ['version.unloaded {"model":"m","version":1,"host":"a"}'],
    ],
    [
      'into memory as somebody asks',
      { versions: [away] },
      {},
      ['version.loaded {"model":"m","version":1,"host":"a"}'],
    ],
    [
      'unloaded by request',
      {},
      { unloaded: true, versions: [versionEntry(1, { state: 'unloaded' })] },
      [
        rest('version.down', { version: 1, state: 'unloaded' }),
        'version.unloaded {"model":"m","version":1,"host":"a"}',
        rest('model.unloaded', {}),
      ],
    ],
  ])('%s', (_, before, now, wanted) => {
    expect(told(model(before), model(now))).toEqual(wanted);
  });

  test('what a host has when it becomes ready is no change, nor what it gives up when it leaves', () => {
    const entries = [modelEntry('m')];
    const has = (ready: boolean, draining: boolean, all: boolean): ClusterSnapshot =>
      snapshotOf(
        [knownHost('a', { ready, draining, catalog: hostCatalog('a', all ? entries : []) })],
        entries,
      );
    expect(told(has(false, false, false), has(true, false, true))).toEqual([
      'host.ready {"host":"a"}',
    ]);
    expect(told(has(true, false, true), has(false, true, false))).toEqual([
      'host.draining {"host":"a"}',
    ]);
  });

  test('models that nobody knew are found, not added', () => {
    expect(told(snapshotOf([], null), snapshotOf([], [modelEntry('m')]))).toEqual([]);
  });
});
