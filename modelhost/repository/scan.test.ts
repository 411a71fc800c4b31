import { rename } from 'node:fs/promises';
import path from 'node:path';
import { freshRepository, models, startHost, upload } from '../../tests/support/model-store-host';
import { nodeFileSystem } from './file-system';
import { createLayout } from './layout';
import { createDirectoryStorage } from './directory-storage';
import { createScan } from './scan';
import type { StoredVersion } from './snapshot';
import { createStateStore } from './state-store';

freshRepository();

test('a version is read once, as long as it is there', async () => {
  await upload(await startHost('a'), 'iris', 'one');
  const layout = createLayout(models());
  const storage = createDirectoryStorage(nodeFileSystem, models());
  const scan = createScan(storage, createStateStore(storage));
  const found = async (): Promise<StoredVersion | undefined> =>
    (await scan()).models.get('iris')?.versions[0];
  const first = await found();
  expect(first).toMatchObject({ model: 'iris', version: 1 });
  expect(await found()).toBe(first);
  const [there, away] = [layout.version('iris', 1), path.join(models(), '.away')];
  await rename(there, away);
  expect(await found()).toBeUndefined();
  await rename(away, there);
  const again = await found();
  expect(again).toEqual(first);
  // Nothing is remembered of what has gone.
  expect(again).not.toBe(first);
});

test('a state that was made after the listing hides no version that was there before it', async () => {
  const host = await startHost('a');
  await upload(host, 'iris', 'one');
  const storage = createDirectoryStorage(nodeFileSystem, models());
  const states = createStateStore(storage);
  let lists = 0;
  const list = storage.list.bind(storage);
  const slow = Object.assign(storage, {
    list: async () => {
      const listing = await list();
      lists += 1;
      if (lists === 1) {
        await upload(host, 'iris', 'two');
        await states.update('iris', (state) => ({ ...state, description: 'later' }));
      }
      return listing;
    },
  });
  const found = (await createScan(slow, states)()).models.get('iris');
  expect(found?.state.description).toBe('later');
  expect(found?.versions.map(({ version }) => version)).toEqual([1, 2]);
  await createScan(slow, states)();
  expect(lists).toBe(3);
});
