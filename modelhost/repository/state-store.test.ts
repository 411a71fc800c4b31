import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { withMuting } from '../../core/logging';
import { nodeFileSystem, type FileSystem } from './file-system';
import { createDirectoryStorage } from './directory-storage';
import { generationsIn } from './layout';
import type { ModelState } from './model-state';
import { createStateStore, type StateStore } from './state-store';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'shoal-states-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

function store(fs: FileSystem = nodeFileSystem): StateStore {
  return createStateStore(createDirectoryStorage(fs, root));
}

function add(states: StateStore, word: string): Promise<ModelState> {
  return states.update('iris', (state) => ({
    ...state,
    description: `${state.description}${word} `,
  }));
}

async function generations(): Promise<number[]> {
  return generationsIn(await readdir(path.join(root, 'iris')));
}

describe('the states of a model', () => {
  test('begin with nothing and count up', async () => {
    expect(await store().read('iris')).toMatchObject({ generation: 0, default: 0 });
    expect(await add(store(), 'a')).toMatchObject({ generation: 1, description: 'a ' });
    expect(await add(store(), 'b')).toMatchObject({ generation: 2, description: 'a b ' });
    expect((await store().read('iris')).description).toBe('a b ');
  });

  test('are read once, and again when a directory with others takes the place', async () => {
    let reads = 0;
    const counting: FileSystem = {
      ...nodeFileSystem,
      readFile: ((file: string, encoding: 'utf8') => {
        reads += 1;
        return nodeFileSystem.readFile(file, encoding);
      }) as FileSystem['readFile'],
    };
    await add(store(), 'mine');
    const states = store(counting);
    for (let look = 0; look < 3; look++) {
      expect(await states.read('iris')).toMatchObject({ generation: 1, description: 'mine ' });
    }
    expect(reads).toBe(1);
    await rename(path.join(root, 'iris'), path.join(root, 'iris-before'));
    await add(store(), 'restored');
    expect(await states.read('iris')).toMatchObject({ generation: 1, description: 'restored ' });
    const names = await readdir(path.join(root, 'iris'));
    expect((await states.read('iris', names)).description).toBe('restored ');
    expect(reads).toBe(2);
  });

  test('a listing from before the first state does not make a state of it', async () => {
    const states = store();
    await add(states, 'first');
    expect(await states.read('iris', ['1'])).toMatchObject({
      generation: 1,
      description: 'first ',
    });
  });

  test('a listing that is out of date by now is made again', async () => {
    const states = store();
    for (let index = 0; index < 20; index++) await add(states, 'x');
    expect(await states.read('iris', ['state.1.json'])).toMatchObject({ generation: 20 });
  });

  test('no change, no generation', async () => {
    await add(store(), 'a');
    expect(await store().update('iris', () => undefined)).toMatchObject({ generation: 1 });
    expect(await generations()).toEqual([1]);
  });

  test('a change that throws changes nothing', async () => {
    await add(store(), 'a');
    const refusing = store().update('iris', () => {
      throw new Error('no');
    });
    await expect(refusing).rejects.toThrow('no');
    expect(await generations()).toEqual([1]);
  });

  test('a change that nobody could read again changes nothing', async () => {
    await add(store(), 'a');
    const states = store();
    const unreadable: readonly Partial<ModelState>[] = [
      { traffic: { variants: [{ version: 0, weight: 1 }] } },
      { traffic: { variants: [], shadow: { version: 0, share: 1 } } },
      { labels: { latest: 0 } },
      { held: [0] },
      { lastVersion: Infinity },
    ];
    for (const fields of unreadable) {
      const change = states.update('iris', (state) => ({ ...state, ...fields }));
      await expect(change).rejects.toThrow();
      expect(await generations()).toEqual([1]);
    }
    expect(await add(states, 'b')).toMatchObject({ generation: 2, description: 'a b ' });
  });

  test('old ones are pruned, the current one never', async () => {
    const states = store();
    for (let index = 0; index < 40; index++) await add(states, 'x');
    const all = await generations();
    expect(all).toHaveLength(17);
    expect(all.at(-1)).toBe(40);
    expect(await readdir(path.join(root, '.staging'))).toEqual([]);
  });

  test('a change is made though older ones cannot be removed, which the log has', async () => {
    let sick = true;
    const fs: FileSystem = {
      ...nodeFileSystem,
      rm: (file, options) => {
        const isState = path.basename(String(file)).startsWith('state.');
        const fault = Object.assign(new Error('not now'), { code: 'EIO' });
        return sick && isState ? Promise.reject(fault) : nodeFileSystem.rm(file, options);
      },
    };
    const lines: string[] = [];
    const logger = withMuting({}, { write: (line) => lines.push(line) });
    const states = createStateStore(createDirectoryStorage(fs, root), logger);
    for (let index = 0; index < 19; index++) await add(states, 'x');
    expect((await states.read('iris')).generation).toBe(19);
    expect(await generations()).toHaveLength(19);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/"model":"iris".*not now.*"msg":"older states could not be removed"/);
    sick = false;
    await add(states, 'y');
    expect(await generations()).toHaveLength(17);
  });

  test('a writer that slept while its number was used and pruned does not win', async () => {
    for (const before of [0, 1, 5]) {
      await rm(path.join(root, 'iris'), { recursive: true, force: true });
      const states = store();
      for (let index = 0; index < before; index++) await add(states, 'x');
      let wake: () => void = () => undefined;
      let asleep: () => void = () => undefined;
      const sleeping = new Promise<void>((resolve) => (asleep = resolve));
      const woken = new Promise<void>((resolve) => (wake = resolve));
      const slow: FileSystem = {
        ...nodeFileSystem,
        link: async (from, to) => {
          asleep();
          await woken;
          return nodeFileSystem.link(from, to);
        },
      };
      const late = add(store(slow), 'late');
      await sleeping;
      for (let index = 0; index < 40; index++) await add(states, `${index}`);
      wake();
      expect((await late).generation).toBe(before + 41);
      const words = (await states.read('iris')).description.trim().split(' ');
      expect(words).toHaveLength(before + 41);
      expect(words.at(-1)).toBe('late');
    }
  });

  test('a model whose directory went away does not start at 1 again', async () => {
    const states = store();
    for (let index = 0; index < 3; index++) await add(states, 'x');
    await rm(path.join(root, 'iris'), { recursive: true });
    expect(await add(states, 'y')).toMatchObject({ generation: 4, description: 'y ' });
  });

  test('a state that cannot be read is an error and no empty model', async () => {
    await add(store(), 'a');
    await writeFile(path.join(root, 'iris', 'state.2.json'), '{"format":1');
    await expect(store().read('iris')).rejects.toThrow();
    await writeFile(path.join(root, 'iris', 'state.3.json'), '{"format":2}');
    await expect(store().read('iris')).rejects.toThrow();
  });

  test('four processes and 200 changes: none is lost', async () => {
    const writer = path.resolve(__dirname, '../../tests/support/state-writer.js');
    const run = promisify(execFile);
    await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => run(process.execPath, [writer, root, name, '50'])),
    );
    const state = await store().read('iris');
    expect(state.generation).toBe(200);
    const words = state.description.trim().split(' ');
    expect(words).toHaveLength(200);
    for (const name of ['a', 'b', 'c', 'd']) {
      const own = words.filter((word) => word.startsWith(name));
      expect(own).toEqual(Array.from({ length: 50 }, (_, index) => `${name}${index}`));
    }
  });
});
