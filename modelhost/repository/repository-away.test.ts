import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import {
  codeOf,
  eventually,
  freshRepository,
  models,
  newHost,
  serves,
  startHost,
  storedFiles,
  testRoot,
  upload,
  type Host,
} from '../../tests/support/model-store-host';
import { createDirectoryStorage } from './directory-storage';
import { nodeFileSystem } from './file-system';

freshRepository();

const aside = (): string => path.join(testRoot(), 'aside');

async function started(): Promise<Host> {
  const host = await startHost('a', { pollMs: 5 });
  await upload(host, 'iris', 'one');
  await upload(host, 'iris', 'two');
  return host;
}

/** Every change, each with the code that it is refused with. */
async function refusals(host: Host): Promise<Record<string, string>> {
  const { models, naming, canary, control } = host.store;
  return {
    upload: await codeOf(upload(host, 'iris', 'three')),
    first: await codeOf(upload(host, 'other', 'three')),
    default: await codeOf(naming.setDefault('iris', 1)),
    description: await codeOf(models.describe('iris', 'text')),
    version: await codeOf(models.remove('iris', '1')),
    model: await codeOf(models.remove('iris', '')),
    label: await codeOf(naming.label('iris', 'stable', 1)),
    canary: await codeOf(canary.end('iris')),
    unload: await codeOf(control.unload('iris')),
    download: await codeOf(storedFiles(host, 'iris', '1')),
    update: await codeOf(models.update()),
  };
}

/** Looked at often enough that one who takes it for empty has unloaded everything. */
async function looks(host: Host): Promise<void> {
  for (let look = 0; look < 5; look += 1) await codeOf(host.store.models.update());
}

describe('the directory of the repository', () => {
  test.each([
    ['has gone', () => Promise.resolve()],
    ['has given way to an empty one', () => mkdir(models())],
    [
      'has given way to one without models',
      () => mkdir(path.join(models(), 'lost+found'), { recursive: true }),
    ],
  ])('%s: what is loaded goes on, and nothing is written', async (_, replace) => {
    const host = await started();
    await rename(models(), aside());
    await replace();
    const there = existsSync(models()) ? await readdir(models()) : undefined;
    const codes = await refusals(host);
    expect(new Set(Object.values(codes))).toEqual(new Set(['storage_unavailable']));
    await looks(host);
    expect([serves(host, 'iris'), serves(host, 'iris', '1')]).toEqual([2, 1]);
    expect(existsSync(models()) ? await readdir(models()) : undefined).toEqual(there);
    // It comes back as it was, by itself.
    await rm(models(), { recursive: true, force: true });
    await rename(aside(), models());
    expect((await upload(host, 'iris', 'three')).version).toBe(3);
    expect(serves(host, 'iris')).toBe(3);
  });

  test('has given way to another one with models: they are what there is', async () => {
    const host = await started();
    await rename(models(), aside());
    const other = newHost('b', {
      pollMs: 5,
      storage: createDirectoryStorage(nodeFileSystem, path.join(testRoot(), 'other')),
    });
    await other.store.start();
    await upload(other, 'words', 'hello');
    await symlink(path.join(testRoot(), 'other'), models());
    await eventually(host, () => serves(host, 'words') === 1 && serves(host, 'iris') === 0);
    expect((await upload(host, 'words', 'again')).version).toBe(2);
  });

  test('is emptied: all models leave', async () => {
    const host = await started();
    await rename(path.join(models(), 'iris'), aside());
    await eventually(host, () => serves(host, 'iris') === 0);
    expect((await upload(host, 'words', 'hello')).version).toBe(1);
  });

  test('goes in the middle of a look: the look counts for nothing', async () => {
    let lose = false;
    const host = await startHost('a', {
      pollMs: 5,
      fs: {
        ...nodeFileSystem,
        // Between the list of models and what is read of each.
        readdir: (async (...inputs: Parameters<typeof nodeFileSystem.readdir>) => {
          if (lose && String(inputs[0]) === path.join(models(), 'iris')) {
            lose = false;
            await rename(models(), aside());
          }
          return nodeFileSystem.readdir(...inputs);
        }) as typeof nodeFileSystem.readdir,
      },
    });
    await upload(host, 'iris', 'one');
    lose = true;
    expect(await codeOf(host.store.models.update())).toBe('storage_unavailable');
    await looks(host);
    expect(serves(host, 'iris')).toBe(1);
  });
});

test.each([
  ['EIO', 'storage_unavailable'],
  ['ESTALE', 'storage_unavailable'],
  ['ENOTCONN', 'storage_unavailable'],
  ['ENOSPC', 'insufficient_storage'],
  ['EROFS', 'insufficient_storage'],
  ['EDQUOT', 'insufficient_storage'],
])('a disk that answers %s: changes are refused with %s', async (code, wanted) => {
  let failing = false;
  const failed = (): Error => Object.assign(new Error(`${code}: of the disk`), { code });
  const broken =
    <Inputs extends unknown[], Result>(call: (...inputs: Inputs) => Promise<Result>) =>
    (...inputs: Inputs): Promise<Result> =>
      failing ? Promise.reject(failed()) : call(...inputs);
  const reads = wanted === 'storage_unavailable';
  const host = await startHost('a', {
    pollMs: 5,
    fs: {
      ...nodeFileSystem,
      open: broken(nodeFileSystem.open.bind(nodeFileSystem)),
      mkdir: broken(nodeFileSystem.mkdir.bind(nodeFileSystem)) as typeof nodeFileSystem.mkdir,
      ...(reads
        ? {
            lstat: broken(nodeFileSystem.lstat.bind(nodeFileSystem)) as typeof nodeFileSystem.lstat,
          }
        : {}),
    },
  });
  await upload(host, 'iris', 'one');
  await upload(host, 'iris', 'two');
  failing = true;
  expect(await codeOf(upload(host, 'iris', 'three'))).toBe(wanted);
  expect(await codeOf(host.store.naming.setDefault('iris', 1))).toBe(wanted);
  await looks(host);
  expect([serves(host, 'iris'), serves(host, 'iris', '1')]).toEqual([2, 1]);
  failing = false;
  expect((await upload(host, 'iris', 'three')).version).toBe(3);
});
