import { silentLogger } from '../../core/logging';
import type { Canary, CanaryVerdict } from '../../protocol/canary/canary';
import { hostCatalog, modelEntry, versionEntry } from '../../tests/support/catalogs';
import type { VersionEntry } from '../../protocol/catalog';
import { knownHost } from '../../tests/support/fake-registry';
import type { KnownHost } from '../hosts/host-registry';
import { createCanaryWatch, type CanaryWatch } from './canary-watch';

const begun: Canary = {
  version: 2,
  steps: [10, 100],
  everyMs: 60_000,
  limits: { errorRate: 0.01, latencyRatio: null, disagreement: null, minRequests: 50 },
  id: 'c',
  state: 'stepping',
  step: 0,
  decisions: [],
};

interface Watched extends CanaryWatch {
  canary: Canary;
  counts: Record<string, bigint>;
  /** What another inferrer has counted; undefined while it cannot be asked. */
  others: Record<string, bigint> | undefined;
  hosts: KnownHost[];
  fails: boolean;
  version: Partial<VersionEntry>;
  clock: number;
  readonly told: CanaryVerdict[];
  readonly observed: string[];
}

function watch(counts = true): Watched {
  const all: Watched = {
    canary: begun,
    counts: { success: 1000n, fail: 500n },
    others: undefined,
    hosts: [],
    fails: false,
    version: {},
    clock: 5,
    told: [],
    observed: [],
    ...createCanaryWatch({
      catalog: {
        models: () => [
          modelEntry('m', { canary: current(), versions: [versionEntry(2, all.version)] }),
        ],
      },
      hosts: () => all.hosts,
      counters: (_model, version) => {
        if (all.fails) return Promise.reject(new Error('gone'));
        const lives = { here: all.counts, ...(all.others && { there: all.others }) };
        const of = (counts: Record<string, bigint>) =>
          new Map(version === 2 ? Object.entries(counts) : []);
        return Promise.resolve(
          new Map(Object.entries(lives).map(([life, counts]) => [life, of(counts)])),
        );
      },
      tell: (_model, verdict) => {
        all.told.push(verdict);
        return Promise.resolve(counts);
      },
      observe: (model, _canary, { action }) => all.observed.push(`${model} ${action}`),
      now: () => all.clock,
      logger: silentLogger(),
    }),
  };
  function current(): Canary {
    return all.canary;
  }
  return all;
}

test('what was counted before the step began does not count', async () => {
  const all = watch();
  await all.look();
  expect(all.window('m')).toMatchObject({ elapsedMs: 0, canary: { requests: 0, failures: 0 } });
  all.counts = { success: 1060n, fail: 500n, 'infer.ns': 60_000_000n };
  all.clock += 59_999;
  await all.look();
  expect(all.told).toEqual([]);
  expect(all.window('m')?.canary).toMatchObject({ requests: 60, failures: 0, ms: 60 });
  all.clock += 1;
  await all.look();
  expect(all.told).toMatchObject([{ id: 'c', step: 0, action: 'step' }]);
  expect(all.observed).toEqual(['m step']);
});

test('each step begins anew', async () => {
  const all = watch();
  await all.look();
  all.counts = { success: 2000n, fail: 500n };
  all.canary = { ...begun, step: 1 };
  all.clock += 60_000;
  await all.look();
  expect(all.told).toEqual([]);
  all.counts = { success: 2100n, fail: 500n };
  all.clock += 60_000;
  await all.look();
  expect(all.told).toMatchObject([{ step: 1, action: 'promote' }]);
});

test('a limit that is passed takes it back within the step', async () => {
  const all = watch();
  await all.look();
  all.counts = { success: 1040n, fail: 510n };
  await all.look();
  expect(all.told).toMatchObject([{ step: 0, action: 'roll_back' }]);
});

test('a verdict that another inferrer was before is not told of', async () => {
  const all = watch(false);
  await all.look();
  all.counts = { success: 1040n, fail: 510n };
  await all.look();
  expect([all.told.length, all.observed]).toEqual([1, []]);
});

test('one that no host can serve any more is taken back', async () => {
  const all = watch();
  all.version = { state: 'failed', reason: 'it killed runners' };
  await all.look();
  expect(all.told).toMatchObject([
    { action: 'roll_back', reason: 'it cannot be served: it killed runners' },
  ]);
});

test('one that is over is not looked at, and one that cannot be judged is judged later', async () => {
  const all = watch();
  all.fails = true;
  await all.look();
  expect(all.window('m')).toBeUndefined();
  all.fails = false;
  await all.look();
  expect(all.window('m')).toBeDefined();
  all.canary = { ...begun, state: 'rolled_back' };
  await all.look();
  expect(all.window('m')).toBeUndefined();
});

test('default answers are failures, and what was kept takes no time', async () => {
  const all = watch();
  await all.look();
  const times = { 'success.ns': 9_000_000_000n, 'queue.ns': 2_000_000n, 'infer.ns': 48_000_000n };
  all.counts = { success: 1100n, fail: 501n, defaults: 40n, hits: 10n, ...times };
  await all.look();
  expect(all.window('m')?.canary).toMatchObject({
    requests: 101,
    failures: 41,
    computed: 50,
    ms: 50,
  });
  expect(all.told).toMatchObject([{ action: 'roll_back' }]);
});

test('an inferrer counts from when it was heard of, not from when it began', async () => {
  const all = watch();
  await all.look();
  all.others = { success: 5000n, fail: 4000n };
  await all.look();
  expect(all.window('m')?.canary).toMatchObject({ requests: 0, failures: 0 });
  expect(all.told).toEqual([]);
  all.others = { success: 5010n, fail: 4050n };
  await all.look();
  expect(all.window('m')?.canary).toMatchObject({ requests: 60, failures: 50 });
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
    expect(all.told).toEqual([]);
    all.hosts = [hostWith('a', {}), { ...hostWith('b', { state: 'failed' }), draining: true }];
    await all.look();
    expect(all.told).toMatchObject([{ action: 'promote' }]);
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
    counters: () => Promise.resolve(new Map()),
    tell: (model) => {
      told.push(model);
      return new Promise((resolve) => (heard = resolve));
    },
    observe: () => undefined,
    now: () => 0,
    logger: silentLogger(),
  });
  const first = hanging.look();
  names.push('other');
  void hanging.look();
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toEqual(['hangs', 'other']);
  heard(true);
  void first;
});
