import { cp } from 'node:fs/promises';
import path from 'node:path';
import {
  codeOf,
  eventually,
  freshRepository,
  models,
  serves,
  startHost,
  upload,
  type Host,
} from '../tests/support/model-store-host';
import type { Canary, CanaryPlan, CanaryVerdict } from '../protocol/canary/canary';
import type { Traffic } from '../protocol/versions/traffic';

freshRepository();

const plan: CanaryPlan = {
  version: 1,
  steps: [10, 60],
  everyMs: 1000,
  limits: { errorRate: 0.1, latencyRatio: null, disagreement: null, minRequests: 1 },
};

async function begun(limits: Partial<CanaryPlan['limits']> = {}): Promise<Host> {
  const host = await startHost('a');
  await upload(host, 'iris', 'one');
  await upload(host, 'iris', 'two');
  await host.store.canary.begin('iris', { ...plan, limits: { ...plan.limits, ...limits } });
  return host;
}

function entry({ store }: Host): { canary: Canary; traffic: Traffic | undefined } {
  const { canary, traffic } = store.catalog.model('iris');
  return { canary: canary!, traffic };
}

function verdict(host: Host, action: CanaryVerdict['action'], step = 0): CanaryVerdict {
  return { id: entry(host).canary.id, step, action, reason: 'because' };
}

/** Decides, and waits until the host acts on that. */
async function decided(host: Host, decision: CanaryVerdict): Promise<void> {
  const { generation } = await host.store.canary.decide('iris', decision);
  await eventually(host, () => host.store.catalog.model('iris').generation >= generation);
}

const shares = (host: Host) => entry(host).traffic?.variants.map(({ weight }) => weight);

test('a canary has its first share, and each step the next', async () => {
  const host = await begun();
  expect([shares(host), serves(host, 'iris')]).toEqual([[90, 10], 2]);
  expect(entry(host).traffic?.shadow).toBeUndefined();
  await decided(host, verdict(host, 'step'));
  expect([shares(host), entry(host).canary.step]).toEqual([[40, 60], 1]);
  expect(entry(host).canary.decisions).toMatchObject([
    { action: 'begin', share: 10 },
    { action: 'step', share: 60, reason: 'because' },
  ]);
});

test('a model without a default has nobody to take over from', async () => {
  const host = await startHost('a');
  await upload(host, 'iris', 'one', { hold: true });
  await upload(host, 'iris', 'two', { hold: true });
  const { canary, naming, traffic } = host.store;
  expect(await codeOf(canary.begin('iris', plan))).toBe('conflict');
  const variants = [
    { version: 1, weight: 9 },
    { version: 2, weight: 1 },
  ];
  await traffic.set('iris', { variants, shadow: { version: 1, share: 1 } });
  await traffic.end('iris');
  await naming.setDefault('iris', 2);
  await canary.begin('iris', plan);
  expect([shares(host), serves(host, 'iris')]).toEqual([[90, 10], 2]);
});

test('of two verdicts on one step the first counts', async () => {
  const host = await begun();
  const other = await startHost('b');
  const step = verdict(host, 'step');
  const both = [host, other].map(({ store }) => store.canary.decide('iris', step));
  const applied = (await Promise.all(both)).map((one) => one.applied);
  expect(applied.sort()).toEqual([false, true]);
  const late = await host.store.canary.decide('iris', { ...step, action: 'roll_back' });
  expect(late.applied).toBe(false);
  await eventually(host, () => shares(host)?.join() === '40,60');
  const foreign = { ...verdict(host, 'roll_back', 1), id: 'another' };
  expect(await host.store.canary.decide('iris', foreign)).toMatchObject({ applied: false });
  await eventually(other, () => shares(other)?.join() === '40,60');
});

test('a verdict is heard though the host takes long to act on it', async () => {
  const host = await begun();
  const { generation } = host.store.catalog.model('iris');
  const release = host.supervisor.hold(`generation iris ${generation + 1}`);
  const heard = await host.store.canary.decide('iris', verdict(host, 'step'));
  expect(heard).toEqual({ generation: generation + 1, applied: true });
  expect(shares(host)).toEqual([90, 10]);
  release();
  await eventually(host, () => shares(host)?.join() === '40,60');
});

test('it becomes the default', async () => {
  const host = await begun();
  await decided(host, verdict(host, 'promote'));
  expect([serves(host, 'iris'), shares(host)]).toEqual([1, undefined]);
  expect(entry(host).canary).toMatchObject({ state: 'promoted' });
  expect(entry(host).canary.decisions.at(-1)).toMatchObject({ action: 'promote', share: 100 });
});

test('it is taken back', async () => {
  const host = await begun({ disagreement: 0.1 });
  expect(entry(host).traffic?.shadow).toEqual({ version: 1, share: 1 });
  await decided(host, verdict(host, 'roll_back'));
  expect([serves(host, 'iris'), entry(host).traffic]).toEqual([2, undefined]);
  expect(entry(host).canary).toMatchObject({ state: 'rolled_back' });
  expect(entry(host).canary.decisions.at(-1)).toMatchObject({ action: 'roll_back', share: 0 });
});

test('it ends by request, and by a new default', async () => {
  const host = await begun();
  const { canary, naming } = host.store;
  await canary.end('iris');
  expect([shares(host), entry(host).canary.state]).toEqual([undefined, 'ended']);
  await canary.begin('iris', plan);
  await naming.setDefault('iris', 1);
  expect([shares(host), entry(host).canary.state]).toEqual([undefined, 'ended']);
  expect(entry(host).canary.decisions).toMatchObject([
    { action: 'begin', share: 10 },
    { action: 'end', share: 0, reason: 'a new default, version 1' },
  ]);
  expect(await codeOf(canary.begin('iris', plan))).toBe('conflict');
});

test('one ends by a version that somebody has put into the directory', async () => {
  const host = await begun();
  const directory = path.join(models(), 'iris');
  await cp(path.join(directory, '1'), path.join(directory, '3'), { recursive: true });
  await eventually(host, () => entry(host).canary.state === 'ended');
  expect(entry(host).canary.decisions.at(-1)).toMatchObject({
    action: 'end',
    reason: 'a new default, version 3',
  });
});

test('one that was begun is begun once, whoever is asked again', async () => {
  const host = await startHost('a');
  const other = await startHost('b');
  await upload(host, 'iris', 'one');
  await upload(host, 'iris', 'two');
  const sent = { ...plan, id: 'the-same' };
  const { generation } = await host.store.canary.begin('iris', sent);
  expect(await other.store.canary.begin('iris', sent)).toEqual({ generation });
  expect(entry(other).canary).toMatchObject({ id: 'the-same', decisions: [{ action: 'begin' }] });
  expect(await codeOf(other.store.canary.begin('iris', { ...plan, id: 'another' }))).toBe(
    'conflict',
  );
});

test('whom it has answered it answers on as its share rises', async () => {
  const host = await startHost('a');
  await upload(host, 'iris', 'one');
  await upload(host, 'iris', 'two');
  const sticky = { header: 'x-user' };
  await host.store.canary.begin('iris', { ...plan, sticky });
  expect(entry(host)).toMatchObject({ canary: { sticky }, traffic: { sticky } });
  await decided(host, verdict(host, 'step'));
  expect(entry(host).traffic).toMatchObject({ variants: [{ weight: 40 }, { weight: 60 }], sticky });
});

test('a model has variants or one canary', async () => {
  const host = await begun();
  const { canary, traffic } = host.store;
  const variants = [{ version: 1, weight: 1 }];
  expect(await codeOf(canary.begin('iris', plan))).toBe('conflict');
  expect(await codeOf(traffic.set('iris', { variants }))).toBe('conflict');
  expect(await codeOf(traffic.end('iris'))).toBe('conflict');
  await canary.end('iris');
  await traffic.set('iris', { variants });
  expect(await codeOf(canary.begin('iris', plan))).toBe('conflict');
  expect(await codeOf(canary.begin('iris', { ...plan, version: 9 }))).toBe('unknown_version');
});
