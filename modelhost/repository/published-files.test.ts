import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { storedMeta } from '../../tests/support/fake-check';
import { temporaryDirectory } from '../../tests/support/small-models';
import { emptyConfig } from '../model-config/model-config';
import { nodeFileSystem } from './file-system';
import { PublishedFiles } from './published-files';
import type { StoredVersion } from './snapshot';

const root = temporaryDirectory();
const model = path.join(root, 'model.onnx');
const weights = path.join(root, 'data/weights.bin');

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const companions = [{ file: 'data/weights.bin', sha256: sha256('weights'), bytes: 7 }];
const stored: StoredVersion = {
  model: 'net',
  version: 3,
  path: model,
  meta: { ...storedMeta, file: 'model.onnx', sha256: sha256('one'), bytes: 3, companions },
  config: emptyConfig,
  key: '',
};

beforeEach(() => {
  mkdirSync(path.dirname(weights), { recursive: true });
  writeFileSync(model, 'one');
  writeFileSync(weights, 'weights');
});

const refused = (fault: string): object => ({
  code: 'storage_unavailable',
  details: { retryAfter: 60 },
  message: expect.stringContaining(
    `Version 3 of 'net' is not what was published any more: ${fault}`,
  ) as string,
});

test('all files are as they were published', async () => {
  const files = new PublishedFiles(nodeFileSystem);
  for (let round = 0; round < 2; round++) await files.check(stored);
});

test('one with other bytes is named, with both hashes, also once it was known', async () => {
  const files = new PublishedFiles(nodeFileSystem);
  await files.check(stored);
  const { mtime, atime } = statSync(weights);
  writeFileSync(weights, 'WEIGHTS');
  // Whoever copies with times makes them equal.
  utimesSync(weights, atime, mtime);
  const fault = `'data/weights.bin' has the sha256 ${sha256('WEIGHTS')} instead of ${sha256('weights')}`;
  await expect(files.check(stored)).rejects.toMatchObject(refused(fault));
  writeFileSync(weights, 'weights');
  await files.check(stored);
});

test('one that is not there is named, and it may come back', async () => {
  const files = new PublishedFiles(nodeFileSystem);
  rmSync(weights);
  await expect(files.check(stored)).rejects.toMatchObject(
    refused("it has no file 'data/weights.bin'"),
  );
  rmSync(model);
  mkdirSync(model);
  await expect(files.check(stored)).rejects.toMatchObject(refused("it has no file 'model.onnx'"));
  rmSync(model, { recursive: true });
  writeFileSync(model, 'one');
  writeFileSync(weights, 'weights');
  await files.check(stored);
});

test('a file that stays as it is is read once', async () => {
  const files = new PublishedFiles({ stat: nodeFileSystem.stat });
  await files.check(stored);
  // Bytes that nobody can see by its identity: of the same moment, as far as the clock tells.
  const same = statSync(model, { bigint: true });
  const frozen = new PublishedFiles({
    stat: (() => Promise.resolve(same)) as unknown as typeof nodeFileSystem.stat,
  });
  const alone = { ...stored, meta: { ...stored.meta, companions: [] } };
  await frozen.check(alone);
  writeFileSync(model, 'two');
  expect(readFileSync(model, 'utf8')).toBe('two');
  await frozen.check(alone);
  await expect(files.check(stored)).rejects.toMatchObject(refused("'model.onnx' has the sha256"));
});
