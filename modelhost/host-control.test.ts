import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { LoadOverride } from '../protocol/control/model-control';
import { externalModel, weightBytes } from '../tests/support/external-model';
import {
  codeOf,
  eventually,
  freshRepository,
  models,
  serves,
  startHost,
  upload,
} from '../tests/support/model-store-host';

freshRepository();

const none = new Map<string, Buffer>();

function override(config: string, files: Record<string, string> = {}): LoadOverride {
  const entries = Object.entries(files).map(([name, text]) => [name, Buffer.from(text)] as const);
  return { config, files: new Map(entries) };
}

describe('unloading', () => {
  test('new callers are refused at once, those before are served until nobody asks', async () => {
    const host = await startHost('a');
    const { generation } = await upload(host, 'iris', 'one');
    const release = host.supervisor.hold('quiet iris:1');
    const unloading = host.store.control.unload('iris');
    await eventually(host, () => host.store.catalog.model('iris').unloaded === true);
    expect(await codeOf(() => host.store.catalog.resolve('iris', ''))).toBe('model_not_ready');
    expect(host.store.catalog.held.resolve('iris', '')).toMatchObject({ version: 1, generation });
    release();
    expect((await unloading).generation).toBe(generation + 1);
    expect(host.supervisor.loaded.size).toBe(0);
    expect(await codeOf(() => host.store.catalog.resolve('iris', ''))).toBe('unknown_version');
    expect(host.store.catalog.model('iris').versions).toMatchObject([
      { state: 'unloaded', reason: 'unloaded' },
    ]);
    expect(await host.store.control.unload('iris')).toEqual({
      generation: generation + 1,
      unloaded: true,
    });
  });

  test('loaded again before it has left, it stays', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    const release = host.supervisor.hold('quiet iris:1');
    const unloading = host.store.control.unload('iris');
    await eventually(host, () => host.store.catalog.model('iris').unloaded === true);
    await host.store.control.load('iris');
    expect(serves(host, 'iris')).toBe(1);
    release();
    await unloading;
    expect(host.supervisor.events).not.toContain('unload iris:1');
  });

  test('a host that starts later, and one that knew it, do not load it', async () => {
    const first = await startHost('a');
    await upload(first, 'iris', 'one');
    await first.store.control.unload('iris');
    const second = await startHost('b');
    expect(second.supervisor.loaded.size).toBe(0);
    await second.store.control.load('iris');
    await eventually(first, () => serves(first, 'iris') === 1);
  });

  test('what is not there is no error; loading it is one', async () => {
    const { store } = await startHost('a');
    expect(await store.control.unload('absent')).toEqual({ generation: 0, unloaded: true });
    expect(await codeOf(store.control.load('absent'))).toBe('unknown_model');
  });

  test('an upload loads it again', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    await host.store.control.unload('iris');
    await upload(host, 'iris', 'two');
    expect(serves(host, 'iris')).toBe(2);
    await host.store.control.unload('iris');
    await upload(host, 'iris', 'two');
    expect(serves(host, 'iris')).toBe(2);
  });
});

describe('loading with what the call brings', () => {
  test('a configuration makes another version of the same bytes', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    const published = await host.store.control.override('iris', override('{"max_batch_size":4}'));
    expect(published).toMatchObject({ version: 2, created: true });
    const again = await host.store.control.override('iris', override('{"max_batch_size":4}'));
    expect(again).toMatchObject({ version: 2, created: false });
    expect(serves(host, 'iris')).toBe(1);
    expect((await readdir(path.join(models(), 'iris', '2'))).sort()).toEqual([
      'config.json',
      'meta.json',
      'model.onnx',
    ]);
  });

  test('files get the number that is wished for, or the next', async () => {
    const { store } = await startHost('a');
    const files = {
      '5/net.onnx': externalModel(),
      '5/weights.bin': weightBytes(1),
      '5/notes.txt': Buffer.from('not of the model'),
    };
    const called: LoadOverride = { config: '{}', files: new Map(Object.entries(files)) };
    expect(await store.control.override('new', called)).toMatchObject({ version: 5 });
    expect((await readdir(path.join(models(), 'new', '5'))).sort()).toEqual([
      'config.json',
      'meta.json',
      'model.onnx',
      'weights.bin',
    ]);
    expect(await store.control.override('new', called)).toMatchObject({ created: false });
    const lower = override('{}', { '1/model.onnx': 'one' });
    expect(await store.control.override('new', lower)).toMatchObject({ version: 6 });
  });

  test.each<[string, LoadOverride, string]>([
    ['a configuration that is none', override('{"max_batch_size":"x"}'), 'invalid_request'],
    ['the files of two versions', override('{}', { '1/a': 'a', '2/a': 'a' }), 'invalid_request'],
    ['a path out of the folder', override('{}', { '1/../a': 'a' }), 'invalid_request'],
    ['a name of the server', override('{}', { '1/meta.json': 'a' }), 'invalid_request'],
    ['no model', override('{}', { '1/a.bin': 'a', '1/b.bin': 'b' }), 'invalid_request'],
    ['too much', override('{}', { '1/model.onnx': 'x'.repeat(1_000_001) }), 'too_large'],
    ['what cannot be served', override('{}', { '1/model.onnx': 'bad' }), 'model_rejected'],
  ])('%s is refused and leaves nothing', async (_what, wrong, code) => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    expect(await codeOf(host.store.control.override('iris', wrong))).toBe(code);
    expect(serves(host, 'iris')).toBe(1);
    expect(await readdir(path.join(models(), '.staging'))).toEqual([]);
  });

  test('a configuration alone needs a model that is there', async () => {
    const { store } = await startHost('a');
    const alone = { config: '{}', files: none };
    expect(await codeOf(store.control.override('absent', alone))).toBe('unknown_model');
  });
});
