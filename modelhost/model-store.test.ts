import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ShoalError } from '../core/errors';
import {
  eventually,
  freshRepository,
  models,
  newHost,
  serves,
  startHost,
  testRoot,
  upload,
  type Host,
} from '../tests/support/model-store-host';

freshRepository();

describe('starting', () => {
  test('the examples come into an empty repository, once for all hosts', async () => {
    const examples = path.join(testRoot(), 'examples');
    for (const name of ['one', 'two']) {
      await mkdir(path.join(examples, name, '1'), { recursive: true });
      await writeFile(path.join(examples, name, '1', 'model.onnx'), name);
      await writeFile(path.join(examples, name, 'config.json'), '{"max_batch_size":3}');
    }
    const hosts = await Promise.all([startHost('a', { examples }), startHost('b', { examples })]);
    for (const host of hosts) {
      await eventually(host, () => serves(host, 'one') === 1 && serves(host, 'two') === 1);
    }
    expect(hosts[0].store.catalog.resolve('one', '').batching.maxRows).toBe(3);
    await hosts[0].store.models.remove('one', '');
    const later = await startHost('c', { examples });
    expect([serves(later, 'one'), serves(later, 'two')]).toEqual([0, 1]);
  });

  test('everything survives a restart', async () => {
    const a = await startHost('a');
    await upload(a, 'iris', 'one');
    await upload(a, 'iris', 'two', { config: '{"max_batch_size":5}' });
    await a.store.naming.setDefault('iris', 1);
    await upload(a, 'gone', 'x');
    await a.store.models.remove('gone', '');
    await a.store.stop();
    const b = await startHost('b');
    const plain = ({ store }: Host): unknown =>
      store.catalog.current().models.map((model) => ({
        ...model,
        versions: model.versions.map((version) => ({ ...version, runner: '' })),
      }));
    expect(plain(b)).toEqual(plain(a));
    expect(b.store.catalog.resolve('iris', '2').batching.maxRows).toBe(5);
  });

  test('a copy of a repository is a repository', async () => {
    const a = await startHost('a');
    await upload(a, 'iris', 'one');
    await a.store.stop();
    await cp(models(), path.join(testRoot(), 'copy'), { recursive: true });
    await rm(models(), { recursive: true });
    await cp(path.join(testRoot(), 'copy'), models(), { recursive: true });
    const b = await startHost('b');
    expect(serves(b, 'iris')).toBe(1);
  });

  test('a default that fails to load does not keep the host from starting', async () => {
    const a = await startHost('a');
    await upload(a, 'iris', 'one');
    await a.store.stop();
    const b = newHost('b');
    b.supervisor.refused.set('iris:1', new ShoalError('model_rejected', 'no'));
    await b.store.start();
    expect(serves(b, 'iris')).toBe(0);
    expect(b.store.catalog.model('iris').versions[0]).toMatchObject({
      state: 'failed',
      reason: 'no',
    });
  });
});
