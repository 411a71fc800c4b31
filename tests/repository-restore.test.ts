import { cp, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { createDirectoryStorage } from '../modelhost/repository/directory-storage';
import { errorCode, nodeFileSystem } from '../modelhost/repository/file-system';
import {
  contentsServed,
  freshRepository,
  models,
  serves,
  startHost,
  testRoot,
  upload,
  type Host,
} from './support/model-store-host';

freshRepository();

/** Copies everything but `.staging` by its name, as `cp -r` does, and goes on after each entry. */
async function backUp(onCopied: (entry: string) => Promise<unknown>): Promise<string> {
  const backup = path.join(testRoot(), 'backup');
  for (const model of (await readdir(models())).filter((name) => name !== '.staging')) {
    await mkdir(path.join(backup, model), { recursive: true });
    for (const name of (await readdir(path.join(models(), model))).sort()) {
      const entry = path.join(model, name);
      const copying = cp(path.join(models(), entry), path.join(backup, entry), { recursive: true });
      // Older states go while newer ones come; what has gone meanwhile is not copied.
      await copying.catch((error: unknown) => {
        expect([errorCode(error), name.startsWith('state.')]).toEqual(['ENOENT', true]);
      });
      await onCopied(entry);
    }
  }
  return backup;
}

/** Puts a copy into an empty place and starts a host there. */
async function restore(backup: string): Promise<Host> {
  const place = path.join(testRoot(), 'restored');
  await cp(backup, place, { recursive: true });
  return startHost('restored', { storage: createDirectoryStorage(nodeFileSystem, place) });
}

function told({ store }: Host): unknown {
  return store.catalog.models().map(({ name, defaultVersion, labels, description, versions }) => ({
    ...{ name, defaultVersion, labels, description },
    versions: versions.map(({ version, sha256, state }) => [version, sha256, state]),
  }));
}

async function prepared(): Promise<Host> {
  const host = await startHost('a');
  for (const content of ['one', 'two', 'three']) await upload(host, 'iris', content);
  await host.store.models.remove('iris', '1');
  await host.store.naming.setDefault('iris', 2);
  await host.store.naming.label('iris', 'next', 3);
  await host.store.models.describe('iris', 'flowers');
  await upload(host, 'net', 'another');
  return host;
}

test('a copy made while a host runs has the same models, defaults and labels', async () => {
  const host = await prepared();
  const [before, contents] = [told(host), await contentsServed(host)];
  let uploads = 0;
  const backup = await backUp(() => upload(host, 'other', `content ${uploads++}`));
  await host.store.stop();
  const restored = await restore(backup);
  const same = (models: unknown): unknown =>
    (models as { name: string }[]).filter(({ name }) => name !== 'other');
  expect(same(told(restored))).toEqual(before);
  expect(await contentsServed(restored)).toMatchObject(contents);
  expect(uploads).toBeGreaterThan(5);
  // Numbers that are used up stay used up.
  expect(await upload(restored, 'iris', 'four')).toMatchObject({ version: 4 });
});

test('a default that came too late for the copy gives way to the newest that was copied', async () => {
  const host = await prepared();
  const late = async (entry: string): Promise<void> => {
    if (entry === path.join('iris', '3')) await upload(host, 'iris', 'four');
  };
  const backup = await backUp(late);
  // The states are copied last, so that none is of a version that is not known there.
  await cp(path.join(models(), 'iris'), path.join(backup, 'iris'), {
    recursive: true,
    filter: (file) => !path.relative(models(), file).startsWith(path.join('iris', '4')),
  });
  await host.store.stop();
  const restored = await restore(backup);
  while (serves(restored, 'iris') !== 3) await restored.store.models.update();
  expect(serves(restored, 'iris', 'next')).toBe(3);
  expect(await upload(restored, 'iris', 'five')).toMatchObject({ version: 5 });
});
