import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ShoalError } from '../core/errors';
import {
  codeOf,
  eventually,
  freshRepository,
  models,
  newHost,
  serves,
  startHost,
  upload,
  type Host,
} from '../tests/support/model-store-host';

freshRepository();

/** It is written that the model is loaded by request; the load itself waits for all versions. */
async function loading(host: Host): Promise<void> {
  const { control, catalog } = host.store;
  const { generation } = catalog.model('iris');
  control.load('iris').catch(() => undefined);
  await eventually(host, () => catalog.model('iris').generation > generation);
}

/** A host whose only model was uploaded and unloaded. */
async function startUnloaded(): Promise<{ host: Host; control: Host['store']['control'] }> {
  const host = await startHost('a');
  const { control } = host.store;
  await upload(host, 'iris', 'one');
  await control.unload('iris');
  return { host, control };
}

test.each<[string, (host: Host) => Promise<unknown>, number]>([
  ['loaded', loading, 1],
  ['given another version', (host) => upload(host, 'iris', 'three'), 3],
  ['given the same version again', (host) => upload(host, 'iris', 'one'), 1],
])('a refused version leaves a model alone that was %s meanwhile', async (_what, act, serving) => {
  const host = await startHost('a');
  await upload(host, 'iris', 'one');
  await host.store.control.unload('iris');
  host.supervisor.refused.set('iris:2', new ShoalError('model_rejected', 'the runtime says no'));
  const release = host.supervisor.hold('load iris:2');
  const uploading = codeOf(upload(host, 'iris', 'two'));
  await eventually(host, () => host.supervisor.events.includes('load iris:2'));
  await act(host);
  release();
  expect(await uploading).toBe('model_rejected');
  expect(serves(host, 'iris')).toBe(serving);
});

test.each<[string, (host: Host) => Promise<unknown>, boolean]>([
  ['unloads what was loaded for it alone', () => Promise.resolve(), true],
  ['does not, where it was loaded since', ({ store }) => store.control.load('iris'), false],
  ['does not, where another was put to use', (host) => upload(host, 'iris', 'three'), false],
  [
    'does not, where another is to be taken back itself',
    (host) => upload(host, 'iris', 'three', { hold: true }),
    false,
  ],
])('taking a held version back %s', async (_what, act, unloads) => {
  const host = await startHost('a');
  const { control, catalog } = host.store;
  await upload(host, 'iris', 'one');
  await control.unload('iris');
  await upload(host, 'iris', 'two', { hold: true });
  await act(host);
  await control.unload('iris', 2);
  expect(catalog.model('iris').unloaded ?? false).toBe(unloads);
  await control.unload('iris');
  expect(catalog.model('iris').unloaded).toBe(true);
});

test('of two held versions the later one is unloaded with, as it was before both', async () => {
  const host = await startHost('a');
  await upload(host, 'iris', 'one');
  await host.store.control.unload('iris');
  for (const content of ['two', 'three']) {
    const held = await upload(host, 'iris', content, { hold: true });
    expect(held).toMatchObject({ created: true, wasUnloaded: true });
  }
  await host.store.control.unload('iris', 3);
  expect(host.store.catalog.model('iris').unloaded).toBe(true);
});

test('what was put to use is not unloaded by who had uploaded the same', async () => {
  const host = await startHost('a');
  await upload(host, 'iris', 'one');
  await host.store.control.unload('iris');
  await upload(host, 'iris', 'two', { hold: true });
  await host.store.naming.setDefault('iris', 2);
  await host.store.control.unload('iris', 2);
  expect(serves(host, 'iris')).toBe(2);
});

const refusal = new ShoalError('insufficient_memory', 'It needs 300 MiB.');

/** A model that is unloaded, and that the host cannot load any more. */
async function unloadable(): Promise<Host> {
  const host = await startHost('a');
  await upload(host, 'iris', 'one');
  await host.store.control.unload('iris');
  host.supervisor.refused.set('iris:1', refusal);
  return host;
}

const isUnloaded = ({ store }: Host): boolean => store.catalog.model('iris').unloaded ?? false;

describe('a load that fails', () => {
  test.each([false, true])('unloads what was unloaded before; held: %s', async (hold) => {
    const host = await unloadable();
    await expect(host.store.control.load('iris', hold)).rejects.toMatchObject({
      code: 'insufficient_memory',
      message: 'It needs 300 MiB. The model is unloaded again.',
    });
    expect(isUnloaded(host)).toBe(true);
    host.supervisor.refused.clear();
    await host.store.control.load('iris');
    expect(serves(host, 'iris')).toBe(1);
  });

  test('changes nothing of a model that other hosts serve', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    const other = newHost('b');
    other.supervisor.refused.set('iris:1', refusal);
    await other.store.start();
    await expect(other.store.control.load('iris')).rejects.toMatchObject({
      message: 'It needs 300 MiB.',
    });
    await host.store.models.update();
    expect([isUnloaded(host), serves(host, 'iris')]).toEqual([false, 1]);
  });

  test.each<[string, (other: Host) => Promise<unknown>]>([
    ['another host has loaded', ({ store }) => store.control.load('iris')],
    ['has got another version', (other) => upload(other, 'iris', 'two', { hold: true })],
  ])('leaves a model alone that %s meanwhile', async (_what, act) => {
    const host = await unloadable();
    const other = await startHost('b');
    const release = host.supervisor.hold('load iris:1');
    const load = host.store.control.load('iris').catch((error: unknown) => error);
    await eventually(host, () => host.supervisor.events.filter(isLoad).length === 2);
    await act(other);
    release();
    const stays = expect.stringMatching(/^It needs 300 MiB\. It stays loaded: /) as string;
    expect(await load).toMatchObject({ message: stays });
    await other.store.models.update();
    expect([isUnloaded(other), serves(other, 'iris')]).toEqual([false, 1]);
  });
});

const isLoad = (event: string): boolean => event === 'load iris:1';

test.each<[string, (host: Host) => Promise<unknown>, boolean]>([
  ['unloads it', () => Promise.resolve(), true],
  ['does not, where it was loaded since', ({ store }) => store.control.load('iris'), false],
  ['does not, where another load was kept', ({ store }) => store.control.keep('iris'), false],
  [
    'does, where another load has come to no end either',
    ({ store }) => store.control.load('iris', true),
    true,
  ],
  [
    'does not, where a version is to be taken back itself',
    (host) => upload(host, 'iris', 'two', { hold: true }),
    false,
  ],
])('taking a held load back %s', async (_what, act, unloads) => {
  const { host, control } = await startUnloaded();
  expect(await control.load('iris', true)).toMatchObject({ version: 1, wasUnloaded: true });
  await act(host);
  expect(await control.unload('iris', 1)).toMatchObject({ unloaded: unloads });
  expect(isUnloaded(host)).toBe(unloads);
});

test('a load that is kept outlives the upload that began meanwhile', async () => {
  const { host, control } = await startUnloaded();
  await control.load('iris', true);
  await upload(host, 'iris', 'two', { hold: true });
  await control.keep('iris');
  await control.unload('iris', 2);
  expect(serves(host, 'iris')).toBe(1);
  expect(await control.load('iris', true)).not.toHaveProperty('wasUnloaded');
});

test('an unload ends a load that is not kept yet', async () => {
  const { host, control } = await startUnloaded();
  await control.load('iris', true);
  await control.unload('iris');
  expect(await codeOf(control.keep('iris'))).toBe('conflict');
  expect(isUnloaded(host)).toBe(true);
});

test('a successor that a held load has made the default is taken back with it', async () => {
  const { control } = await startUnloaded();
  await mkdir(path.join(models(), 'iris', '2'));
  await writeFile(path.join(models(), 'iris', '2', 'model.onnx'), 'two');
  expect(await control.load('iris', true)).toMatchObject({ version: 2, wasUnloaded: true });
  expect(await control.unload('iris', 2)).toMatchObject({ unloaded: true });
});
