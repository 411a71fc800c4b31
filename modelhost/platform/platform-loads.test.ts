import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import { findModel } from './model-source';
import { PlatformLoads, type PlatformLoadsOptions } from './platform-loads';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'shoal-test-'));
  await mkdir(path.join(root, 'iris'));
  await writeFile(path.join(root, 'iris', 'model.onnx'), 'one');
});

afterEach(() => rm(root, { recursive: true }));

test.each(['none', 'iris\0', 'a'.repeat(300), 'iris/model.onnx/deeper'])(
  'there is no model at %j',
  async (place) => {
    expect(await findModel(root, place)).toBeUndefined();
  },
);

test('a link that leads nowhere is told', async () => {
  await symlink('absent', path.join(root, 'iris', 'weights'));
  await expect(findModel(root, 'iris')).rejects.toMatchObject({ code: 'invalid_request' });
});

test('a model that could not be removed can be unloaded again', async () => {
  const faults = [new ShoalError('insufficient_storage', 'the disk is full')];
  const models: PlatformLoadsOptions['models'] = {
    stage: async () => {
      const directory = await mkdtemp(path.join(root, 'staged-'));
      const file = path.join(directory, 'model.onnx');
      return { directory, file, discard: () => Promise.resolve() };
    },
    publish: ({ directory: sha256 }, { model }) =>
      Promise.resolve({ model, version: 1, generation: 1, created: true, sha256, promote: true }),
    remove: () => {
      const fault = faults.pop();
      return fault === undefined ? Promise.resolve({ generation: 2 }) : Promise.reject(fault);
    },
  };
  const gone = () => Promise.resolve();
  const loads = new PlatformLoads({ models, gone, root, room: { freeBytes: () => 1000 } });
  await loads.load('m', 'iris');
  await expect(loads.unload('m')).rejects.toMatchObject({ code: 'insufficient_storage' });
  expect(loads.list().map(({ name }) => name)).toEqual(['m']);
  await loads.unload('m');
  expect(loads.list()).toEqual([]);
});
