import { readdir } from 'node:fs/promises';
import path from 'node:path';
import {
  eventually,
  freshRepository,
  models,
  serves,
  startHost,
  upload,
  type Host,
  type UploadOptions,
} from '../tests/support/model-store-host';
import { nodeFileSystem, type FileSystem } from './repository/file-system';

freshRepository();

/** A host whose disk takes no state any more after `last` further ones, until it has room again. */
async function hostOnDisk(): Promise<{ host: Host; disk: { writes: number; fills: number } }> {
  const disk = { writes: Infinity, fills: Infinity };
  const fs: FileSystem = {
    ...nodeFileSystem,
    open: async (file, flags) => {
      if (flags === 'wx' && path.basename(String(file)).startsWith('draft-')) {
        disk.writes -= 1;
        const full = disk.writes < 0 && disk.writes >= -disk.fills;
        if (full) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      }
      return nodeFileSystem.open(file, flags);
    },
  };
  const host = await startHost('a', { fs });
  await upload(host, 'iris', 'one');
  return { host, disk };
}

/** The error of an upload in whose middle, when it is being loaded, the disk is full for so many writes. */
async function cutUpload(fills: number, options: UploadOptions): Promise<[string, Host]> {
  const { host, disk } = await hostOnDisk();
  const release = host.supervisor.hold('load iris:2');
  const uploading = upload(host, 'iris', 'two', options).then(
    () => 'none',
    (error: unknown) => (error as Error).message,
  );
  await eventually(host, () => host.supervisor.events.includes('load iris:2'));
  Object.assign(disk, { writes: 0, fills });
  release();
  const told = await uploading;
  disk.writes = Infinity;
  return [told, host];
}

const full =
  'The model repository could not be written: there is no room left. Nothing was changed.';

test.each<[string, UploadOptions]>([
  ['its default', {}],
  ['the description of one that is held', { hold: true, description: 'two' }],
])('where %s cannot be written, the version is taken back', async (_what, options) => {
  const [told, host] = await cutUpload(1, options);
  expect(told).toBe(full);
  expect(serves(host, 'iris')).toBe(1);
  await eventually(host, () => host.store.catalog.model('iris').versions.length === 1);
  expect(await upload(host, 'iris', 'two')).toMatchObject({ version: 3, created: true });
});

test('where that cannot be written either, the error says what is stored', async () => {
  const [told, host] = await cutUpload(2, {});
  expect(told).toBe(
    `${full} Version 2 of 'iris' is stored, and was not taken back: ${full} ` +
      'DELETE /api/v1/models/iris:2 deletes it.',
  );
  expect([serves(host, 'iris'), serves(host, 'iris', '2')]).toEqual([1, 2]);
  expect(await readdir(path.join(models(), '.staging'))).toEqual([]);
});

test('where only its description cannot be written, it is the default, and that is said', async () => {
  const { host, disk } = await hostOnDisk();
  const release = host.supervisor.hold('generation iris 4');
  const uploading = upload(host, 'iris', 'two', { description: 'two' });
  uploading.catch(() => undefined);
  await eventually(host, () => host.supervisor.events.includes('generation iris 4'));
  disk.writes = 0;
  release();
  await expect(uploading).rejects.toThrow(`${full} Version 2 is the default of 'iris'.`);
  expect(serves(host, 'iris')).toBe(2);
});
