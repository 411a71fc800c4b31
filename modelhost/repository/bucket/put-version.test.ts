import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MemoryBucket } from '../../../tests/support/memory-bucket';
import { temporaryDirectory } from '../../../tests/support/small-models';
import { putVersion, removeVersion } from './put-version';

const root = temporaryDirectory();
const files = { 'model.onnx': 'ours', 'config.json': '{}', 'data/w.bin': 'ours', 'meta.json': 'm' };

beforeEach(async () => {
  await rm(root, { recursive: true });
  await mkdir(path.join(root, 'data'), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(root, name), text);
});

const put = (bucket: MemoryBucket): Promise<boolean> => putVersion(bucket, root, 'net/1/');

/** Runs `before` ahead of the creation of meta.json. */
function bucketWhere(before: (bucket: MemoryBucket) => Promise<unknown>): MemoryBucket {
  const bucket = new MemoryBucket();
  const create = bucket.create.bind(bucket);
  bucket.create = async (key, body) => {
    if (key.endsWith('/meta.json')) await before(bucket);
    return create(key, body);
  };
  return bucket;
}

const contents = ({ objects }: MemoryBucket): Record<string, string> =>
  Object.fromEntries([...objects].map(([key, body]) => [key, body.toString()]));

test('all files are there, and meta.json after them', async () => {
  const bucket = new MemoryBucket();
  expect([await put(bucket), await put(bucket)]).toEqual([true, false]);
  const keys = Object.entries(files).map(([name, text]) => [`net/1/${name}`, text]);
  expect(contents(bucket)).toEqual(Object.fromEntries(keys));
  expect([...bucket.objects.keys()].at(-1)).toBe('net/1/meta.json');
});

test('of a version that somebody else puts there meanwhile nothing is removed', async () => {
  const theirs = {
    'net/1/labels.txt': 'theirs',
    'net/1/meta.json': 'theirs',
    'net/1/model.onnx': 'theirs',
  };
  const bucket = bucketWhere(async ({ objects }) => {
    for (const [key, text] of Object.entries(theirs)) objects.set(key, Buffer.from(text));
    return Promise.resolve();
  });
  await expect(put(bucket)).rejects.toMatchObject({ code: 'conflict' });
  expect(contents(bucket)).toEqual(theirs);
});

test('what has no meta.json is not begun', async () => {
  await rm(path.join(root, 'meta.json'));
  const bucket = new MemoryBucket();
  await expect(put(bucket)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(contents(bucket)).toEqual({});
});

test('what fails leaves nothing, whether or not it was written', async () => {
  const lost = bucketWhere(async (bucket) => {
    await bucket.put('net/1/meta.json', Buffer.from('m'));
    throw new Error('lost');
  });
  const refused = bucketWhere(() => Promise.reject(new Error('refused')));
  const half = new MemoryBucket();
  const write = half.put.bind(half);
  half.put = async (key, body) => {
    await write(key, body);
    throw new Error('half');
  };
  for (const [bucket, fault] of [
    [lost, 'lost'],
    [refused, 'refused'],
    [half, 'half'],
  ] as const) {
    await expect(put(bucket)).rejects.toThrow(fault);
    expect(contents(bucket)).toEqual({});
  }
});

test('what is removed is a version until the end', async () => {
  const bucket = new MemoryBucket();
  await put(bucket);
  await bucket.put('net/1/.arriving', Buffer.from('mark'));
  const removed: string[] = [];
  const remove = bucket.remove.bind(bucket);
  bucket.remove = (key) => {
    removed.push(key);
    return remove(key);
  };
  await removeVersion(bucket, 'net/1/');
  expect(contents(bucket)).toEqual({});
  expect(removed.slice(-2)).toEqual(['net/1/meta.json', 'net/1/.arriving']);
});
