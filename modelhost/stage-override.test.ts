import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nodeFileSystem } from './repository/file-system';
import type { StoredVersion } from './repository/snapshot';
import { copyVersion } from './stage-override';

describe('a copied version', () => {
  let root: string;
  let from: string;
  let to: string;

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'shoal-test-'));
    [from, to] = [path.join(root, '1'), path.join(root, 'staged')];
    await mkdir(path.join(from, 'weights', 'deep'), { recursive: true });
    await mkdir(to);
    for (const name of [...all, 'meta.json', 'config.json']) {
      await writeFile(path.join(from, name), name);
    }
  });

  afterEach(() => rm(root, { recursive: true }));

  const all = ['model.onnx', 'weights/a', 'weights/deep/meta.json'];

  async function copied(files: object = {}): Promise<{ told: string[]; there: string[] }> {
    const meta = { sha256: 'a', bytes: 10, file: 'model.onnx', ...files };
    const version = { path: path.join(from, 'model.onnx'), meta } as StoredVersion;
    const told = (await copyVersion(nodeFileSystem, to, version)).map(({ name }) => name);
    const there = (await readdir(to, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(to, path.join(entry.parentPath, entry.name)));
    return { told, there: there.sort() };
  }

  test('has the files that it is made of, the model first', async () => {
    const companions = [{ file: 'weights/a', sha256: '', bytes: 0 }];
    expect(await copied({ companions })).toEqual({
      told: ['model.onnx', 'weights/a'],
      there: ['model.onnx', 'weights/a'],
    });
  });

  test('of an earlier build has all that lies there but its configuration', async () => {
    const { told, there } = await copied();
    expect(there).toEqual(all);
    expect([told[0], told.toSorted()]).toEqual(['model.onnx', all]);
  });
});
