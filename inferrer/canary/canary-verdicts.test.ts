import type { VersionEntry } from '../../protocol/catalog';
import { hostCatalog, modelEntry, versionEntry } from '../../tests/support/catalogs';
import { knownHost } from '../../tests/support/fake-registry';
import { begun, loggerTo, watch, type Watched } from '../../tests/support/watched-canary';
import type { KnownHost } from '../hosts/host-registry';
import { createCanaryWatch } from './canary-watch';

describe('a verdict that cannot be written', () => {
  const bad = { success: 1040n, fail: 510n };

  test('holds at this inferrer until it can be; each reason is logged once', async () => {
    const all = watch();
    await all.look();
    all.counts = bad;
    all.unwritable = 'The disk is full.';
    for (let look = 0; look < 3; look += 1) await all.look();
    expect([...all.withheld.keys()]).toEqual(['m']);
    expect(all.told.map(({ action }) => action)).toEqual(['roll_back', 'roll_back', 'roll_back']);
    expect(all.logged).toEqual([expect.stringMatching(/^it is to be taken back.*disk is full/)]);
    expect(all.waits('m')).toBe(all.logged[0]);
    all.unwritable = 'It is read-only.';
    await all.look();
    expect(all.logged).toHaveLength(2);
    // What is counted meanwhile makes it no better.
    [all.unwritable, all.counts] = ['', { success: 9000n, fail: 510n }];
    await all.look();
    expect([all.observed, all.waits('m'), all.withheld.size]).toEqual([
      ['m roll_back'],
      undefined,
      1,
    ]);
    all.canary = { ...begun, state: 'rolled_back' };
    await all.look();
    expect(all.withheld.size).toBe(0);
  });

  test('is forgotten where somebody else has decided', async () => {
    const all = watch();
    await all.look();
    all.counts = bad;
    all.unwritable = 'no';
    await all.look();
    [all.unwritable, all.canary] = ['', { ...begun, step: 1 }];
    await all.look();
    expect([all.withheld.size, all.waits('m'), all.told.length]).toEqual([0, undefined, 1]);
  });

  test('leaves the canary its share where that is to go on', async () => {
    const all = watch();
    await all.look();
    all.counts = { success: 1100n, fail: 500n };
    [all.clock, all.unwritable] = [60_005, 'The disk is full.'];
    await all.look();
    expect(all.told).toMatchObject([{ action: 'step' }]);
    expect([all.withheld.size, all.waits('m')]).toEqual([
      0,
      'it cannot be decided on: The disk is full.',
    ]);
  });
});

describe('a promotion is on all hosts or on none', () => {
  const hostWith = (id: string, version: Partial<VersionEntry>): KnownHost => {
    const versions = [versionEntry(1), versionEntry(2, version)];
    return knownHost(id, { catalog: hostCatalog(id, [modelEntry('m', { versions })]) });
  };

  async function promoted(...hosts: KnownHost[]): Promise<Watched> {
    const all = watch();
    all.canary = { ...begun, step: 1 };
    all.hosts = hosts;
    await all.look();
    all.counts = { success: 1100n, fail: 500n };
    all.clock += 60_000;
    await all.look();
    return all;
  }

  test('where all serve it, it is the default', async () => {
    const all = await promoted(hostWith('a', {}), hostWith('b', {}));
    expect(all.told).toMatchObject([{ action: 'promote' }]);
  });

  test('one that cannot has it taken back', async () => {
    const all = await promoted(
      hostWith('a', {}),
      hostWith('b', { state: 'failed', reason: 'ill' }),
    );
    const reason = 'modelhost b cannot serve it: ill';
    expect(all.told).toMatchObject([{ action: 'roll_back', reason }]);
  });

  test('one that still loads it is waited for, one that leaves is not', async () => {
    const all = await promoted(hostWith('a', {}), hostWith('b', { state: 'loading' }));
    await all.look();
    expect(all.told).toEqual([]);
    expect(all.logged).toEqual(['to be the default it waits for modelhost b to serve it']);
    expect(all.waits('m')).toBe(all.logged[0]);
    all.hosts = [hostWith('a', {}), { ...hostWith('b', { state: 'failed' }), draining: true }];
    await all.look();
    expect(all.told).toMatchObject([{ action: 'promote' }]);
    expect(all.waits('m')).toBeUndefined();
  });

  test('hosts that are not to have it are not waited for, one that is to is', async () => {
    const elsewhere = { state: 'unloaded', placed: 'elsewhere' } as const;
    const all = await promoted(hostWith('a', {}), hostWith('b', elsewhere));
    expect(all.told).toMatchObject([{ action: 'promote' }]);
    const none = await promoted(hostWith('a', elsewhere), hostWith('b', elsewhere));
    expect(none.told).toEqual([]);
    expect(none.waits('m')).toBe('to be the default it waits for a modelhost to serve it');
  });
});

test('a verdict that is not heard keeps no other canary waiting', async () => {
  const told: string[] = [];
  const canary = { ...begun, limits: { ...begun.limits, minRequests: 1 } };
  const failed = versionEntry(2, { state: 'failed', reason: 'ill' });
  let heard: (counts: boolean) => void = () => undefined;
  const names = ['hangs'];
  const hanging = createCanaryWatch({
    catalog: {
      models: () => names.map((name) => modelEntry(name, { canary, versions: [failed] })),
    },
    hosts: () => [],
    counters: () => Promise.resolve([new Map(), new Map()]),
    tell: (model) => {
      told.push(model);
      return new Promise((resolve) => (heard = resolve));
    },
    observe: () => undefined,
    withheld: new Map(),
    now: () => 0,
    logger: loggerTo([]),
  });
  const first = hanging.look();
  names.push('other');
  void hanging.look();
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toEqual(['hangs', 'other']);
  heard(true);
  void first;
});
