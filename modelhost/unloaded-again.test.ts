import { ShoalError } from '../core/errors';
import {
  codeOf,
  eventually,
  freshRepository,
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
