import { createHash } from 'node:crypto';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ModelCache, type WantedFile } from './model-cache';

let root: string;
let now: number;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'shoal-cache-'));
  now = Date.now();
});

afterEach(() => rm(root, { recursive: true, force: true }));

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

async function open(maxBytes: number): Promise<ModelCache> {
  const cache = new ModelCache(root, maxBytes, () => now);
  await cache.open();
  return cache;
}

const fetched: string[] = [];
beforeEach(() => fetched.splice(0));

function wanted(name: string, text: string, known = true): WantedFile {
  return {
    name,
    bytes: text.length,
    sha256: known ? sha256Of(text) : '',
    async fetch(target) {
      fetched.push(name);
      await writeFile(target, text);
      return sha256Of(text);
    },
  };
}

async function make(cache: ModelCache, model: string, files: WantedFile[]): Promise<string> {
  const directory = cache.directory(model, 1, 'key');
  await cache.make(directory, files);
  return directory;
}

const stored = async (): Promise<string[]> => (await readdir(path.join(root, 'files'))).sort();

test('the same bytes are fetched once, by one host or two, at once or later', async () => {
  const [a, b] = [await open(1000), await open(1000)];
  const directories = await Promise.all([
    make(a, 'm', [wanted('model.onnx', 'same'), wanted('data/w.bin', 'other', false)]),
    make(a, 'n', [wanted('net.onnx', 'same')]),
  ]);
  expect(await readFile(path.join(directories[0], 'data/w.bin'), 'utf8')).toBe('other');
  expect(await readFile(path.join(directories[1], 'net.onnx'), 'utf8')).toBe('same');
  await make(b, 'm', [wanted('model.onnx', 'same')]);
  // Of two that want the same bytes at once, either fetches them.
  expect(fetched.sort()).toEqual(['data/w.bin', expect.stringMatching(/^(model|net)\.onnx$/)]);
});

test('what is loaded, here or at another host, stays; the rest goes when there is too much', async () => {
  const [a, b] = [await open(0), await open(0)];
  const mine = await make(a, 'mine', [wanted('model.onnx', 'mine')]);
  const theirs = await make(b, 'theirs', [wanted('model.onnx', 'theirs')]);
  const done = await make(a, 'done', [wanted('model.onnx', 'done')]);
  await a.trim(new Set());
  expect(await stored()).toHaveLength(3);
  now += 61_000;
  await a.trim(new Set([mine]));
  expect(await stored()).toEqual([sha256Of('mine'), sha256Of('theirs')].sort());
  const there = [a.isThere(mine), a.isThere(done), b.isThere(theirs)];
  expect(await Promise.all(there)).toEqual([true, false, true]);
});

test('what is being read stays until that is done, however long it takes', async () => {
  const cache = await open(0);
  const directory = await make(cache, 'm', [wanted('model.onnx', 'one')]);
  const trimmed = async (): Promise<boolean> => {
    now += 61_000;
    await cache.trim(new Set());
    return (await readdir(path.dirname(directory))).length > 0;
  };
  await cache.holding(directory, async () => {
    await cache.holding(directory, async () => {
      expect(await trimmed()).toBe(true);
    });
    expect(await trimmed()).toBe(true);
    expect(await stored()).toEqual([sha256Of('one')]);
  });
  expect(await trimmed()).toBe(false);
  expect(await stored()).toEqual([]);
});

test('what it has, and what it has let go, is told', async () => {
  const told: unknown[] = [];
  const cache = new ModelCache(root, 8, () => now, {
    cached: (bytes) => told.push(bytes),
    evicted: () => told.push('evicted'),
  });
  const kept = await make(cache, 'a', [wanted('model.onnx', 'six by')]);
  await make(cache, 'b', [wanted('model.onnx', 'four')]);
  await cache.trim(new Set());
  now += 61_000;
  await cache.trim(new Set([kept]));
  await cache.trim(new Set([kept]));
  expect(told).toEqual([10, 'evicted', 6]);
});

test('a file that was cut off is fetched again', async () => {
  const cache = await open(1000);
  await make(cache, 'm', [wanted('model.onnx', 'whole')]);
  await writeFile(path.join(root, 'files', sha256Of('whole')), 'who');
  const again = await make(cache, 'n', [wanted('model.onnx', 'whole')]);
  expect(await readFile(path.join(again, 'model.onnx'), 'utf8')).toBe('whole');
});

test('what lay there before is hashed before it is used', async () => {
  await make(await open(1000), 'm', [wanted('model.onnx', 'real')]);
  const at = path.join(root, 'files', sha256Of('real'));
  await rm(at);
  await writeFile(at, 'evil');
  const cache = await open(1000);
  const directory = await make(cache, 'm', [wanted('model.onnx', 'real')]);
  expect(await readFile(path.join(directory, 'model.onnx'), 'utf8')).toBe('real');
  const another = await make(await open(1000), 'n', [wanted('model.onnx', 'real')]);
  expect(await readFile(path.join(another, 'model.onnx'), 'utf8')).toBe('real');
  expect(fetched).toEqual(['model.onnx', 'model.onnx']);
});

test('no other user can read or change what lies in it', async () => {
  await mkdir(path.join(root, 'files'));
  await chmod(root, 0o777);
  await chmod(path.join(root, 'files'), 0o777);
  await make(await open(1000), 'm', [wanted('model.onnx', 'one')]);
  const names = ['.', 'files', 'hosts', 'staging'];
  const modes = names.map(async (name) => (await stat(path.join(root, name))).mode & 0o777);
  expect(await Promise.all(modes)).toEqual([0o755, 0o700, 0o700, 0o700]);
});

test('a fetch that fails leaves nothing and is made again', async () => {
  const cache = await open(1000);
  const file = wanted('model.onnx', 'one');
  const broken = { ...file, fetch: () => Promise.reject(new Error('cut')) };
  await expect(make(cache, 'm', [broken])).rejects.toThrow('cut');
  expect([await stored(), await readdir(cache.staging)]).toEqual([[], []]);
  await make(cache, 'm', [file]);
  expect(await stored()).toHaveLength(1);
});

test('a cache that somebody has removed is filled again', async () => {
  const cache = await open(1000);
  const directory = await make(cache, 'm', [wanted('model.onnx', 'one')]);
  await rm(root, { recursive: true });
  now += 61_000;
  await cache.trim(new Set([directory]));
  await cache.clean(now);
  expect(await cache.isThere(directory)).toBe(false);
  const again = await make(cache, 'm', [wanted('model.onnx', 'one')]);
  expect(await readFile(path.join(again, 'model.onnx'), 'utf8')).toBe('one');
});

test('what a dead host has held goes, what a living one holds does not', async () => {
  const [dead, alive] = [await open(0), await open(0)];
  await make(dead, 'm', [wanted('model.onnx', 'dead')]);
  const kept = await make(alive, 'n', [wanted('model.onnx', 'alive')]);
  const long = new Date(now - 3_600_000);
  for (const host of await readdir(path.join(root, 'hosts'))) {
    await utimes(path.join(root, 'hosts', host), long, long);
  }
  await alive.trim(new Set([kept]));
  const third = await open(0);
  await third.clean(now);
  await third.trim(new Set());
  expect(await stored()).toEqual([sha256Of('alive')]);
});
