import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { silentLogger } from '../../core/logging';
import { fakeCheck } from '../../tests/support/fake-check';
import {
  eventually,
  freshRepository,
  models,
  serves,
  startHost,
  testRoot,
  upload,
} from '../../tests/support/model-store-host';
import { createAdoption, type Adoption, type AdoptionRound } from './adoption';
import { createDirectoryStorage } from './directory-storage';
import { nodeFileSystem } from './file-system';
import { createPublisher } from './publish';
import { createScan, type Scan } from './scan';
import type { Snapshot } from './snapshot';
import { createStateStore } from './state-store';

freshRepository();

interface Adopting {
  readonly scan: Scan;
  readonly run: Adoption['run'];
  /** What the log was told to be adopted. */
  readonly adopted: string[];
  /** What it was told to have no effect. */
  readonly ignored: unknown[];
}

/** What a host adopts with, for one round at a time. */
async function adopting(): Promise<Adopting> {
  const storage = createDirectoryStorage(nodeFileSystem, models());
  await storage.open();
  const states = createStateStore(storage);
  const adopted: string[] = [];
  const logger = silentLogger();
  logger.info = (what: { model: string; version: number }) => {
    adopted.push(`${what.model}:${what.version}`);
  };
  const ignored: unknown[] = [];
  logger.warn = (what: object) => ignored.push(what);
  const adoption = createAdoption({
    fs: nodeFileSystem,
    storage,
    states,
    publisher: createPublisher(nodeFileSystem, storage, states),
    check: fakeCheck,
    settleMs: 0,
    now: () => 0,
    logger,
    onAdopted: () => undefined,
  });
  const run = async (snapshot: Snapshot): Promise<AdoptionRound> => {
    await adoption.run(snapshot);
    return adoption.run(snapshot);
  };
  return { scan: createScan(storage, states), run, adopted, ignored };
}

describe('what is put into the directory by hand', () => {
  test('of two hosts that saw it at once only the one that has adopted it says so', async () => {
    await mkdir(path.join(models(), 'laid', '4'), { recursive: true });
    await writeFile(path.join(models(), 'laid', '4', 'model.onnx'), 'four');
    await writeFile(path.join(models(), 'iris.onnx'), 'one');
    const [a, b] = [await adopting(), await adopting()];
    const [seenByA, seenByB] = [await a.scan(), await b.scan()];
    await a.run(seenByA);
    await b.run(seenByB);
    expect(a.adopted).toEqual(['iris:1', 'laid:4']);
    expect(b.adopted).toEqual([]);
  });

  test('fields of its configuration that mean nothing are named in the log', async () => {
    await mkdir(path.join(models(), 'laid', '4'), { recursive: true });
    await writeFile(path.join(models(), 'laid', '4', 'model.onnx'), 'four');
    await writeFile(path.join(models(), 'laid', 'config.pbtxt'), 'max_bach_size: 4');
    await writeFile(path.join(models(), 'iris.onnx'), 'one');
    const host = await adopting();
    await host.run(await host.scan());
    expect(host.adopted).toEqual(['iris:1', 'laid:4']);
    expect(host.ignored).toEqual([{ model: 'laid', version: 4, ignored: ['max_bach_size'] }]);
  });

  test('a bare file is served, replaced and removed', async () => {
    const host = await startHost('a');
    const file = path.join(models(), 'iris.onnx');
    await writeFile(file, 'one');
    await eventually(host, () => serves(host, 'iris') === 1);
    expect(await readFile(file, 'utf8')).toBe('one');
    await writeFile(file, 'second');
    await eventually(host, () => serves(host, 'iris') === 2);
    await rm(file);
    await eventually(host, () => serves(host, 'iris') === 0);
    expect(host.store.catalog.models()).toEqual([]);
    await writeFile(file, 'three');
    await eventually(host, () => serves(host, 'iris') === 3);
  });

  test('files in the ORT format are found beside ONNX, under names that the runtime goes by', async () => {
    const host = await startHost('a');
    const fileOf = (model: string): unknown =>
      host.store.catalog.model(model).versions.at(-1)?.stated?.defaultModelFilename;
    await writeFile(path.join(models(), 'iris.ort'), 'xxxxORTM');
    await mkdir(path.join(models(), 'words', '1'), { recursive: true });
    await writeFile(path.join(models(), 'words', '1', 'model.ort'), 'yyyyORTM');
    await writeFile(path.join(models(), 'called.onnx'), 'zzzzORTM');
    await eventually(host, () => ['iris', 'words', 'called'].every((name) => serves(host, name)));
    expect(['iris', 'words', 'called'].map(fileOf)).toEqual(Array(3).fill('model.ort'));
    expect(await readFile(path.join(models(), 'iris/1/model.ort'), 'utf8')).toBe('xxxxORTM');
    // Where both lie there, the ONNX file counts.
    await writeFile(path.join(models(), 'iris.onnx'), 'one');
    await eventually(host, () => serves(host, 'iris') === 2);
    expect(fileOf('iris')).toBe('model.onnx');
    await rm(path.join(models(), 'iris.onnx'));
    await eventually(host, () => serves(host, 'iris') === 1);
  });

  test('a deleted model does not come back while its file stays as it is', async () => {
    const host = await startHost('a');
    await writeFile(path.join(models(), 'iris.onnx'), 'one');
    await eventually(host, () => serves(host, 'iris') === 1);
    await host.store.models.remove('iris', '');
    await host.store.models.update();
    await host.store.models.update();
    expect(serves(host, 'iris')).toBe(0);
  });

  test("a directory in Triton's layout, with its configuration", async () => {
    const host = await startHost('a');
    await mkdir(path.join(models(), 'simple', '1'), { recursive: true });
    await writeFile(
      path.join(models(), 'simple', 'config.pbtxt'),
      'max_batch_size: 8 default_model_filename: "net.onnx"',
    );
    await writeFile(path.join(models(), 'simple', '1', 'net.onnx'), 'one');
    await eventually(host, () => serves(host, 'simple') === 1);
    const servable = host.store.catalog.resolve('simple', '');
    expect(servable.batching).toMatchObject({ maxRows: 8, configured: true, allowed: true });
    await mkdir(path.join(models(), 'simple', '3'));
    await writeFile(path.join(models(), 'simple', '3', 'net.onnx'), 'three');
    await eventually(host, () => serves(host, 'simple') === 3);
    expect(await upload(host, 'simple', 'four')).toMatchObject({ version: 4 });
    await rm(path.join(models(), 'simple'), { recursive: true });
    await eventually(host, () => host.store.catalog.models().length === 0);
  });

  test('labels of classes lie beside the configuration and stay with the version', async () => {
    const host = await startHost('a');
    const directory = path.join(models(), 'pets');
    await mkdir(path.join(directory, '1'), { recursive: true });
    await writeFile(
      path.join(directory, 'config.pbtxt'),
      'output [ { name: "y" label_filename: "labels.txt" } ]',
    );
    await writeFile(path.join(directory, '1', 'model.onnx'), 'one');
    const reason = (): string | undefined =>
      host.store.catalog.models().find(({ name }) => name === 'pets')?.versions[0]?.reason;
    await eventually(host, () => reason()?.includes("no file 'labels.txt'") === true);
    await writeFile(path.join(directory, 'labels.txt'), 'cat\ndog\n');
    await eventually(host, () => serves(host, 'pets') === 1);
    const classLabels = { y: ['cat', 'dog'] };
    expect(host.store.catalog.resolve('pets', '')).toMatchObject({ classLabels });
    expect(host.store.catalog.model('pets').versions[0]).toMatchObject({ classLabels });
    await rm(path.join(directory, 'labels.txt'));
    const again = await startHost('b');
    expect(again.store.catalog.resolve('pets', '')).toMatchObject({ classLabels });
  });

  test('a broken one is listed with its reason and does not stop the others', async () => {
    await mkdir(path.join(models(), 'empty', '1'), { recursive: true });
    await mkdir(path.join(models(), 'both', '1'), { recursive: true });
    for (const name of ['config.json', 'config.pbtxt']) {
      await writeFile(path.join(models(), 'both', name), name === 'config.json' ? '{}' : '');
    }
    await writeFile(path.join(models(), 'both', '1', 'model.onnx'), 'one');
    await writeFile(path.join(models(), 'broken.onnx'), 'bad bytes');
    await writeFile(path.join(models(), 'good.onnx'), 'one');
    const host = await startHost('a');
    expect(serves(host, 'good')).toBe(1);
    const reasons = host.store.catalog
      .models()
      .map(({ name, versions }) => [name, versions[0]?.state, versions[0]?.reason]);
    expect(reasons).toEqual([
      ['both', 'failed', expect.stringContaining('wanted one of them')],
      ['broken', 'failed', "Version 1 of 'broken': It says: bad bytes"],
      [
        'empty',
        'failed',
        expect.stringMatching(
          /^Version 1 of 'empty': It has no file 'model.onnx' or 'model.ort'\./,
        ),
      ],
      ['good', 'ready', ''],
    ]);
    await rm(path.join(models(), 'both', 'config.pbtxt'));
    await eventually(host, () => serves(host, 'both') === 1);
    await rm(path.join(models(), 'broken.onnx'));
    await eventually(host, () => host.store.catalog.models().length === 3);
  });

  test('two hosts adopt one file once', async () => {
    const hosts = await Promise.all([startHost('a'), startHost('b')]);
    await writeFile(path.join(models(), 'iris.onnx'), 'one');
    for (const host of hosts) await eventually(host, () => serves(host, 'iris') > 0);
    for (const host of hosts) await host.store.models.update();
    expect(hosts.map((host) => serves(host, 'iris'))).toEqual([1, 1]);
    expect(hosts[0].store.catalog.model('iris').versions).toHaveLength(1);
  });

  test('links lead nowhere', async () => {
    const outside = path.join(testRoot(), 'outside');
    await mkdir(path.join(outside, '1'), { recursive: true });
    await writeFile(path.join(outside, '1', 'model.onnx'), 'one');
    await mkdir(path.join(models(), 'inner', '1'), { recursive: true });
    await symlink(outside, path.join(models(), 'linked'));
    await symlink(path.join(outside, '1', 'model.onnx'), path.join(models(), 'file.onnx'));
    await symlink(
      path.join(outside, '1', 'model.onnx'),
      path.join(models(), 'inner', '1', 'model.onnx'),
    );
    const host = await startHost('a');
    const names = host.store.catalog
      .models()
      .map(({ name, versions }) => [name, versions[0]?.state]);
    expect(names).toEqual([['inner', 'failed']]);
  });
});
