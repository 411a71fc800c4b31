import { hostCatalog, modelEntry, versionEntry } from '../../tests/support/catalogs';
import { knownHost } from '../../tests/support/fake-registry';
import { begun, watch } from '../../tests/support/watched-canary';

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

const withTwo = modelEntry('m', { versions: [versionEntry(1), versionEntry(2)] });

test('both versions are asked for at once', async () => {
  const all = watch();
  await all.look();
  expect([all.questions, all.window('m')]).toMatchObject([1, { elapsedMs: 0 }]);
});

test('each step begins anew', async () => {
  const all = watch();
  all.hosts = [knownHost('a', { catalog: hostCatalog('a', [withTwo]) })];
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

test('so is one that has gone from the repository', async () => {
  const all = watch();
  all.version = undefined;
  await all.look();
  expect(all.told).toMatchObject([
    { action: 'roll_back', reason: 'it cannot be served: it is not in the repository any more' },
  ]);
});

test('at its last step it is compared with what the live version took before', async () => {
  const all = watch();
  const limits = { ...begun.limits, latencyRatio: 2 };
  const times = (requests: bigint, ms: bigint): Record<string, bigint> => {
    return { success: requests, 'infer.ns': ms * 1_000_000n };
  };
  all.canary = { ...begun, limits };
  [all.counts, all.live] = [times(0n, 0n), times(0n, 0n)];
  await all.look();
  [all.counts, all.live] = [times(100n, 100n), times(900n, 900n)];
  await all.look();
  expect(all.told).toEqual([]);
  all.canary = { ...begun, limits, step: 1 };
  await all.look();
  all.counts = times(200n, 100n + 300n);
  await all.look();
  expect(all.told).toMatchObject([{ step: 1, action: 'roll_back' }]);
  expect(all.told[0]?.reason).toMatch(
    /takes 3.00 ms, more than 2 times the live version's 1.00 ms/,
  );
});

test('one whose copies are dropped stays in its step, and says so while it does', async () => {
  const all = watch();
  all.canary = { ...begun, limits: { ...begun.limits, disagreement: 0.02 } };
  await all.look();
  all.clock += 60_000;
  for (const dropped of [60n, 70n]) {
    all.counts = { success: 1060n, fail: 500n, uncompared: dropped };
    await all.look();
    expect(all.waits('m')).toContain(`0 of ${dropped} copies of requests were compared`);
  }
  expect([all.told.length, all.logged.length]).toEqual([0, 1]);
  all.counts = { success: 1060n, fail: 500n, uncompared: 70n, compared: 50n };
  await all.look();
  expect(all.told).toMatchObject([{ step: 0, action: 'step' }]);
  expect(all.waits('m')).toBeUndefined();
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

test('default answers that nobody was there to take are no more failures than there are requests', async () => {
  const all = watch();
  await all.look();
  all.live = { success: 0n };
  await all.look();
  [all.counts, all.live] = [
    { success: 1060n, fail: 500n, defaults: 60n },
    { success: 60n, defaults: 100n },
  ];
  await all.look();
  expect(all.window('m')?.live).toMatchObject({ requests: 60, failures: 60 });
  // All fail everywhere, which is not the canary's fault.
  expect(all.told).toEqual([]);
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
