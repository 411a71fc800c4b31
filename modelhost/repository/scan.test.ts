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
