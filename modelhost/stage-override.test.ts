import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nodeFileSystem } from './repository/file-system';
import type { StoredVersion } from './repository/snapshot';
import { copyVersion } from './stage-override';

test('a version is copied with its nested external data, without its configuration', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'shoal-test-'));
  const [from, to] = [path.join(root, '1'), path.join(root, 'staged')];
  await mkdir(path.join(from, 'weights', 'deep'), { recursive: true });
  await mkdir(to);
  const kept = ['model.onnx', 'weights/a', 'weights/deep/meta.json'];
  for (const name of [...kept, 'meta.json', 'config.json'])
    await writeFile(path.join(from, name), name);
  const meta = { sha256: 'a', bytes: 10, file: 'model.onnx' };
  const version = { path: path.join(from, 'model.onnx'), meta } as StoredVersion;
  expect(await copyVersion(nodeFileSystem, to, version)).toMatchObject({ hasCompanions: true });
  const copied = await readdir(to, { recursive: true, withFileTypes: true });
  const files = copied
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(to, path.join(entry.parentPath, entry.name)));
  expect(files.sort()).toEqual(kept);
  await rm(root, { recursive: true });
});
