import { ShoalError } from '../core/errors';
import {
  codeOf,
  eventually,
  freshRepository,
  serves,
  startHost,
  upload,
} from '../tests/support/model-store-host';

freshRepository();

const latest = { config: '{"version_policy": {"latest": {"num_versions": 1}}}' };

describe('labels', () => {
  test('are set, moved and taken away', async () => {
    const [one, other] = [await startHost('a'), await startHost('b')];
    const { naming, catalog } = one.store;
    await upload(one, 'iris', 'one');
    await upload(one, 'iris', 'two');
    const { generation } = await naming.label('iris', 'stable', 1);
    expect(serves(one, 'iris', 'stable')).toBe(1);
    expect(catalog.resolve('iris', 'stable')).toBe(catalog.resolve('iris', '1'));
    expect(await naming.label('iris', 'stable', 1)).toEqual({ generation });
    await naming.label('iris', 'stable', 2);
    await eventually(other, () => serves(other, 'iris', 'stable') === 2);
    await naming.unlabel('iris', 'stable');
    expect(await codeOf(() => catalog.resolve('iris', 'stable'))).toBe('unknown_version');
    expect(await codeOf(naming.unlabel('iris', 'stable'))).toBe('unknown_version');
    expect(await codeOf(naming.label('iris', 'stable', 9))).toBe('unknown_version');
    expect(await codeOf(naming.label('none', 'stable', 1))).toBe('unknown_model');
  });

  test('keep a version from being deleted by itself', async () => {
    const host = await startHost('a');
    const { models, naming } = host.store;
    await upload(host, 'iris', 'one');
    await upload(host, 'iris', 'two');
    await naming.label('iris', 'stable', 1);
    await expect(models.remove('iris', '1')).rejects.toThrow('has the label stable');
    await naming.unlabel('iris', 'stable');
    await models.remove('iris', '1');
    await naming.label('iris', 'stable', 2);
    await models.remove('iris', '');
    await upload(host, 'iris', 'three');
    expect(host.store.catalog.model('iris').labels).toEqual({});
  });
});

describe('a version that the policy leaves out', () => {
  test('is loaded, then named; and stays loaded only while it has the name', async () => {
    const host = await startHost('a');
    const { naming } = host.store;
    await upload(host, 'iris', 'one');
    await upload(host, 'iris', 'two', latest);
    await eventually(host, () => serves(host, 'iris', '1') === 0);
    const held = await naming.hold('iris', 1);
    expect(held).toMatchObject({ held: true, loads: true });
    await eventually(host, () => serves(host, 'iris', '1') === 1);
    expect(serves(host, 'iris')).toBe(2);
    await naming.release('iris', 1);
    await eventually(host, () => serves(host, 'iris', '1') === 0);
    await naming.setDefault('iris', 1);
    expect([serves(host, 'iris'), host.store.catalog.model('iris').held]).toEqual([1, []]);
    await naming.setDefault('iris', 2);
    await eventually(host, () => serves(host, 'iris', '1') === 0);
    await naming.label('iris', 'old', 1);
    expect(serves(host, 'iris', 'old')).toBe(1);
  });

  test('and is to get two names: what fails of the one does not take it from the other', async () => {
    const host = await startHost('a');
    const { naming, canary, catalog } = host.store;
    await upload(host, 'iris', 'one');
    await upload(host, 'iris', 'two', latest);
    await eventually(host, () => serves(host, 'iris', '1') === 0);
    await naming.hold('iris', 1);
    expect(await naming.hold('iris', 1)).toMatchObject({ held: true, loads: true });
    await naming.release('iris', 1);
    expect(catalog.model('iris').held).toEqual([1]);
    await eventually(host, () => serves(host, 'iris', '1') === 1);
    await host.store.traffic.set('iris', { variants: [{ version: 2, weight: 1 }] });
    const limits = { errorRate: 0.1, latencyRatio: null, disagreement: null, minRequests: 1 };
    const plan = { version: 1, steps: [100], everyMs: 1000, limits };
    expect(await codeOf(canary.begin('iris', plan))).toBe('conflict');
    expect(catalog.model('iris').held).toEqual([1]);
    await naming.label('iris', 'old', 1);
    expect(catalog.model('iris').held).toEqual([]);
  });

  test('and cannot be served gets no name, and nothing has changed', async () => {
    const host = await startHost('a');
    const { naming, catalog } = host.store;
    await upload(host, 'iris', 'one');
    await upload(host, 'iris', 'two', latest);
    await eventually(host, () => serves(host, 'iris', '1') === 0);
    host.supervisor.refused.set('iris:1', new ShoalError('insufficient_memory', 'too large'));
    await expect(naming.setDefault('iris', 1)).rejects.toThrow('too large');
    await expect(naming.label('iris', 'old', 1)).rejects.toThrow('too large');
    expect([serves(host, 'iris'), catalog.model('iris').labels]).toEqual([2, {}]);
    expect(catalog.model('iris').held).toEqual([]);
    await eventually(host, () => catalog.model('iris').versions[0]?.state === 'unloaded');
  });

  test('of a model that was unloaded there is nothing to wait for', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    await upload(host, 'iris', 'two');
    await host.store.control.unload('iris');
    expect(await host.store.naming.hold('iris', 1)).toMatchObject({ held: false, loads: false });
    await host.store.naming.setDefault('iris', 1);
    expect(host.store.catalog.current().models[0]).toMatchObject({ defaultVersion: 1 });
  });
});

test('keep_versions: older versions go by themselves, those with a name stay', async () => {
  const host = await startHost('a');
  const config = '{"shoal": {"keep_versions": 2}}';
  const there = (): number[] =>
    host.store.catalog.model('iris').versions.map(({ version }) => version);
  for (const content of ['one', 'two']) await upload(host, 'iris', content, { config });
  await host.store.naming.label('iris', 'stable', 1);
  for (const content of ['three', 'four']) await upload(host, 'iris', content, { config });
  await eventually(host, () => there().join() === '1,3,4');
  await upload(host, 'iris', 'five', { config, hold: true });
  expect(there()).toEqual([1, 3, 4, 5]);
});
