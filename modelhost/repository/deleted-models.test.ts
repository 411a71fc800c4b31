import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDirectoryStorage } from './directory-storage';
import { nodeFileSystem, type FileSystem } from './file-system';
import { noState, withDefault, withNextVersion, withoutModel } from './model-state';
import { createScan } from './scan';
import { createStateStore } from './state-store';

const names = Array.from({ length: 1000 }, (_, index) => `model-${index}`);

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'shoal-deleted-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

/** Counts calls, and spares the disk: nothing here has to survive a loss of power. */
function countingFileSystem(): { readonly fs: FileSystem; readonly calls: () => number } {
  let calls = 0;
  const fs = new Proxy(nodeFileSystem, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...inputs: unknown[]) => Promise<unknown>;
      return async (...inputs: unknown[]): Promise<unknown> => {
        calls += 1;
        const made = await method.apply(target, inputs);
        if (name === 'open') Object.assign(made as object, { sync: () => Promise.resolve() });
        return made;
      };
    },
  });
  return { fs, calls: () => calls };
}

test('of 1000 models that came and went one file each stays, and a look stays cheap', async () => {
  const { fs, calls } = countingFileSystem();
  const storage = createDirectoryStorage(fs, root);
  const states = createStateStore(storage);
  await storage.open();
  const comeAndGo = async (name: string): Promise<void> => {
    await states.update(name, (state) => withNextVersion(state, []));
    await states.update(name, (state) => withDefault(state, 1, new Date(0).toISOString()));
    await states.update(name, (state) => withoutModel(state, [1]));
  };
  for (let from = 0; from < names.length; from += 50) {
    await Promise.all(names.slice(from, from + 50).map(comeAndGo));
  }
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  const left = files.filter((entry) => entry.isFile()).map(({ name }) => name);
  expect(left).toEqual(names.map(() => 'state.3.json'));

  const scan = createScan(storage, states);
  await scan();
  const before = calls();
  expect((await scan()).models.size).toBe(names.length);
  // Of each one its folder and the stamp of its state.
  expect(calls() - before).toBeLessThan(2 * names.length + 10);

  const back = await createStateStore(storage).update('model-7', (state) =>
    withNextVersion(state, []),
  );
  expect(back).toEqual({
    ...noState,
    ...{ id: back.id, previous: back.previous },
    ...{ generation: 4, lastVersion: 2, tombstones: [1] },
  });
});
