import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ShoalError } from '../core/errors';
import {
  codeOf,
  eventually,
  freshRepository,
  gone,
  models,
  serves,
  startHost,
  storedFiles,
  testRoot,
  upload,
} from '../tests/support/model-store-host';
import { storing } from './repository/storage-fault';

freshRepository();

describe('uploading', () => {
  test('the first version is served as the default when publish answers', async () => {
    const host = await startHost('a');
    const published = await upload(host, 'iris', 'one', { description: 'flowers' });
    expect(published).toMatchObject({ model: 'iris', version: 1, created: true });
    expect(host.store.catalog.resolve('iris', '')).toMatchObject({ model: 'iris', version: 1 });
    expect(host.store.catalog.resolve('iris', '1').generation).toBe(published.generation);
    const entry = host.store.catalog.model('iris');
    expect(entry).toMatchObject({ defaultVersion: 1, description: 'flowers' });
    expect(entry.versions[0]).toMatchObject({ state: 'ready', bytes: 3, runner: 'a-runner' });
    expect(await readdir(path.join(models(), '.staging'))).toEqual([]);
  });

  test('the same bytes and configuration make no second version, other ones do', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    expect(await upload(host, 'iris', 'one')).toMatchObject({ version: 1, created: false });
    expect(await upload(host, 'iris', 'one', { config: '{"max_batch_size":4}' })).toMatchObject({
      version: 2,
      created: true,
    });
    expect(await upload(host, 'iris', 'two')).toMatchObject({ version: 3, created: true });
    // An older one again: it is found, and the default stays where it is.
    expect(await upload(host, 'iris', 'one')).toMatchObject({ version: 1, promote: false });
    expect(serves(host, 'iris')).toBe(3);
    expect([1, 2, 3].map((version) => serves(host, 'iris', String(version)))).toEqual([1, 2, 3]);
  });

  test('the same uploaded twice at once is one version', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    const both = await Promise.all([upload(host, 'iris', 'two'), upload(host, 'iris', 'two')]);
    expect(both.map(({ version, created }) => [version, created]).sort()).toEqual([
      [2, false],
      [2, true],
    ]);
    expect([serves(host, 'iris'), host.store.catalog.model('iris').versions.length]).toEqual([
      2, 2,
    ]);
  });

  test('fields of a configuration that mean nothing are named', async () => {
    const host = await startHost('a');
    const config = '{"max_batch_size":4,"max_bach_size":8,"shoal":{"colour":"red"}}';
    const published = await upload(host, 'iris', 'one', { config });
    expect(published.ignored?.toSorted()).toEqual(['max_bach_size', 'shoal.colour']);
    const listed = host.store.catalog.model('iris').versions;
    expect(listed.map(({ ignored }) => ignored?.toSorted())).toEqual([
      published.ignored?.toSorted(),
    ]);
    const again = await upload(host, 'iris', 'one', { config: '{"max_batch_size":4,"kolor":1}' });
    expect(again).toMatchObject({ created: false, ignored: ['kolor'] });
    expect(await upload(host, 'iris', 'two')).not.toHaveProperty('ignored');
  });

  test('a held upload is served by its number and is not the default', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    const held = await upload(host, 'iris', 'two', { hold: true });
    expect(held).toMatchObject({ version: 2, created: true, promote: true });
    expect([serves(host, 'iris'), serves(host, 'iris', '2')]).toEqual([1, 2]);
    // Whoever held it has died; the next upload of the same finishes the work.
    expect(await upload(host, 'iris', 'two')).toMatchObject({ version: 2, created: false });
    expect(serves(host, 'iris')).toBe(2);
  });

  test('what cannot be served leaves nothing behind and touches nothing', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    const before = await readdir(models(), { recursive: true });
    expect(await codeOf(upload(host, 'iris', 'bad file'))).toBe('model_rejected');
    expect(await codeOf(upload(host, 'other', 'bad file'))).toBe('model_rejected');
    expect(await codeOf(upload(host, 'other', 'x', { config: '{' }))).toBe('invalid_request');
    expect(await codeOf(upload(host, 'x', 'x', { config: '[]' }))).toBe('invalid_request');
    expect((await readdir(models(), { recursive: true })).sort()).toEqual(before.sort());
    expect(serves(host, 'iris')).toBe(1);
    expect(host.store.catalog.models().map(({ name }) => name)).toEqual(['iris']);
  });

  test('a version that this host cannot load is taken away again', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    host.supervisor.refused.set('iris:2', new ShoalError('model_rejected', 'the runtime says no'));
    await expect(upload(host, 'iris', 'two')).rejects.toThrow('the runtime says no');
    expect(serves(host, 'iris')).toBe(1);
    await eventually(host, () => host.store.catalog.model('iris').versions.length === 1);
    expect(await upload(host, 'iris', 'three')).toMatchObject({ version: 3 });
  });

  test('a refused version brings no unloaded model back', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    await host.store.control.unload('iris');
    host.supervisor.refused.set('iris:2', new ShoalError('model_rejected', 'the runtime says no'));
    await expect(upload(host, 'iris', 'two')).rejects.toThrow('the runtime says no');
    expect(host.store.catalog.model('iris')).toMatchObject({ unloaded: true });
  });

  test('who takes a held version back is told that the model was unloaded', async () => {
    const host = await startHost('a');
    expect(await upload(host, 'iris', 'one')).not.toHaveProperty('wasUnloaded');
    await host.store.control.unload('iris');
    const held = await upload(host, 'iris', 'two', { hold: true });
    expect(held).toMatchObject({ version: 2, wasUnloaded: true });
    await host.store.control.unload('iris');
    const again = await upload(host, 'iris', 'two', { hold: true });
    expect(again).toMatchObject({ version: 2, created: false, wasUnloaded: true });
  });

  test('many uploads at once get numbers of their own', async () => {
    const hosts = [await startHost('a'), await startHost('b')];
    const uploads = Array.from({ length: 12 }, (_, index) =>
      upload(hosts[index % 2]!, 'iris', `content ${index}`),
    );
    const versions = (await Promise.all(uploads)).map(({ version }) => version);
    expect(new Set(versions).size).toBe(12);
    for (const host of hosts) await host.store.models.update();
    for (const version of versions)
      expect(serves(hosts[0]!, 'iris', String(version))).toBe(version);
    expect(serves(hosts[0]!, 'iris')).toBe(serves(hosts[1]!, 'iris'));
  });
});

describe('changing', () => {
  test('a default waits for its version, and is flipped before the answer', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    await upload(host, 'iris', 'two');
    const old = host.store.catalog.resolve('iris', '');
    const { generation } = await host.store.naming.setDefault('iris', 1);
    const now = host.store.catalog.resolve('iris', '');
    expect(now).toMatchObject({ version: 1, generation });
    expect(now.generation).toBeGreaterThan(old.generation);
    // Once more changes nothing.
    expect(await host.store.naming.setDefault('iris', 1)).toEqual({ generation });
    expect(host.store.catalog.resolve('iris', '')).toBe(now);
    expect(await codeOf(host.store.naming.setDefault('iris', 9))).toBe('unknown_version');
    expect(await codeOf(host.store.naming.setDefault('none', 1))).toBe('unknown_model');
  });

  test('another host follows at once, loading before it flips', async () => {
    const a = await startHost('a');
    const b = await startHost('b', { pollMs: 1000 });
    await upload(a, 'iris', 'one');
    await eventually(b, () => serves(b, 'iris') === 1);
    const revision = b.store.catalog.current().revision;
    await upload(a, 'iris', 'two');
    await eventually(b, () => serves(b, 'iris') === 2);
    expect(b.store.catalog.current().revision).not.toBe(revision);
    const events = b.supervisor.events;
    const flip = `generation iris ${b.store.catalog.model('iris').generation}`;
    expect(events.indexOf('load iris:2')).toBeLessThan(events.indexOf(flip));
  });

  test('a deleted version is refused before it is unloaded, and its files go', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    await upload(host, 'iris', 'two');
    expect(await codeOf(host.store.models.remove('iris', '2'))).toBe('conflict');
    host.supervisor.events.length = 0;
    const { generation } = await host.store.models.remove('iris', '1');
    expect(serves(host, 'iris', '1')).toBe(0);
    await eventually(host, () => host.store.catalog.model('iris').versions.length === 1);
    expect(host.supervisor.events).toEqual([`generation iris ${generation}`, 'unload iris:1']);
    await gone(path.join(models(), 'iris', '1'));
    expect(await codeOf(host.store.models.remove('iris', '1'))).toBe('unknown_version');
  });

  test('a deleted model is gone, its numbers are not used again', async () => {
    const a = await startHost('a');
    const b = await startHost('b');
    await upload(a, 'iris', 'one', { description: 'text' });
    await writeFile(path.join(models(), 'iris', 'config.json'), '{"max_batch_size":2}');
    await eventually(b, () => serves(b, 'iris') === 1);
    const { generation } = await a.store.models.remove('iris', '');
    expect(await codeOf(() => a.store.catalog.resolve('iris', ''))).toBe('unknown_model');
    await b.store.catalog.refresh('iris');
    expect(serves(b, 'iris')).toBe(0);
    expect(b.store.catalog.models()).toEqual([]);
    await eventually(b, () => b.store.catalog.current().models[0]?.versions.length === 0);
    expect(b.store.catalog.current().models[0]).toMatchObject({ generation, versions: [] });
    expect(await codeOf(a.store.models.remove('iris', ''))).toBe('unknown_model');
    expect(await codeOf(a.store.models.describe('iris', 'x'))).toBe('unknown_model');
    await gone(path.join(models(), 'iris', '1'));
    await gone(path.join(models(), 'iris', 'config.json'));
    expect(await upload(a, 'iris', 'one')).toMatchObject({ version: 2, created: true });
    expect(a.store.catalog.model('iris').description).toBe('');
  });

  test('a model with a high number is deleted without a list of all below', async () => {
    const host = await startHost('a');
    const { models: store } = host.store;
    const sha256 = createHash('sha256').update('one').digest('hex');
    const staged = await store.stage();
    await writeFile(staged.file, 'one');
    const files = [{ name: 'model.onnx', sha256, bytes: 3 }];
    await store.publish(staged, { model: 'iris', hold: false, files, wish: 1e6 });
    const { generation } = await store.remove('iris', '');
    const state = await readFile(path.join(models(), 'iris', `state.${generation}.json`), 'utf8');
    const { tombstones } = JSON.parse(state) as { tombstones: number[] };
    expect([tombstones.length, tombstones.at(-1)]).toEqual([1000, 1e6]);
    expect(await upload(host, 'iris', 'one')).toMatchObject({ version: 1e6 + 1 });
  });

  test('a description, read on every host and after a restart', async () => {
    const a = await startHost('a');
    await upload(a, 'iris', 'one');
    await a.store.models.describe('iris', 'Grüße');
    const b = await startHost('b');
    expect(b.store.catalog.model('iris').description).toBe('Grüße');
    expect(await codeOf(a.store.models.describe('iris', 'x'.repeat(70_000)))).toBe(
      'invalid_request',
    );
  });

  test('the stored file', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    const { files, sha256 } = await storedFiles(host, 'iris');
    expect(files).toMatchObject([{ name: 'model.onnx', bytes: 3 }]);
    expect(await readFile(files[0]!.path, 'utf8')).toBe('one');
    expect(sha256).toBe(createHash('sha256').update('one').digest('hex'));
  });

  test('a read-only repository is told without a path', async () => {
    const host = await startHost('a');
    const full = Object.assign(new Error(`ENOSPC: ${testRoot()}`), { code: 'ENOSPC' });
    const fault = await storing(() => Promise.reject(full)).catch((error: unknown) => error);
    expect((fault as ShoalError).code).toBe('insufficient_storage');
    expect((fault as ShoalError).message).not.toContain(testRoot());
    expect(host.store.catalog.models()).toEqual([]);
  });
});
