import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createStateStore } from '../../../modelhost/repository/state-store';
import { describeWhere } from '../../support/describe-where';
import {
  codeOf,
  eventually,
  freshRepository,
  serves,
  startHost,
  storedFiles,
  testRoot,
  upload,
  type Host,
  type HostOptions,
} from '../../support/model-store-host';
import { inBucket, inDirectory, textOf, type RepositoryPlace } from './repository-places';
import { missingServer, S3Server } from './s3-server';

/** What every kind of repository has to do, seen from the hosts that share it. */
function contract(begin: () => Promise<RepositoryPlace>): void {
  let place: RepositoryPlace;
  freshRepository();

  beforeEach(async () => {
    place = await begin();
  });

  afterEach(() => place.end());

  const host = (name: string, options: HostOptions = {}): Promise<Host> =>
    startHost(name, { storage: place.storage(), ...options });

  const contentOf = async (of: Host, model: string, version = ''): Promise<string> =>
    textOf((await storedFiles(of, model, version)).files[0]!.path);

  test('an upload is served by all hosts, and stored once', async () => {
    const [a, b] = [await host('a'), await host('b')];
    expect(await upload(a, 'iris', 'one')).toMatchObject({ version: 1, created: true });
    expect(await upload(a, 'iris', 'two', { config: '{"max_batch_size":2}' })).toMatchObject({
      version: 2,
    });
    expect(await upload(a, 'iris', 'one')).toMatchObject({ version: 1, created: false });
    await eventually(b, () => serves(b, 'iris') === 2);
    expect(b.store.catalog.resolve('iris', '').batching.maxRows).toBe(2);
    expect([await contentOf(b, 'iris'), await contentOf(b, 'iris', '1')]).toEqual(['two', 'one']);
    expect((await place.names()).filter((name) => !name.includes('/state.'))).toEqual([
      'iris/1/meta.json',
      'iris/1/model.onnx',
      'iris/2/config.json',
      'iris/2/meta.json',
      'iris/2/model.onnx',
    ]);
  });

  test('of several files all come back, with the configuration', async () => {
    const [a, b] = [await host('a'), await host('b')];
    const [config, beside] = ['{"max_batch_size":2}', { 'weights.bin': 'weights' }];
    await upload(a, 'net', 'one', { config, beside });
    await eventually(b, () => serves(b, 'net') === 1);
    const { files } = await storedFiles(b, 'net');
    const contents = files.map(async (file) => [file.name, await textOf(file.path)]);
    expect(Object.fromEntries(await Promise.all(contents))).toEqual({
      'model.onnx': 'one',
      'weights.bin': 'weights',
      'config.json': config,
    });
  });

  test('of two hosts that change the same model at once neither loses a change', async () => {
    const states = [place.storage(), place.storage()].map((storage) => createStateStore(storage));
    const changes = Array.from({ length: 12 }, (_, index) =>
      states[index % 2]!.update('iris', (state) => ({
        ...state,
        description: `${state.description}${index} `,
      })),
    );
    await Promise.all(changes);
    const words = (await states[0]!.read('iris')).description.trim().split(' ').map(Number);
    expect(words.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index));
    const hosts = [await host('a'), await host('b')];
    const versions = await Promise.all(
      hosts.map(async (each, index) => (await upload(each, 'both', `content ${index}`)).version),
    );
    expect(versions.sort()).toEqual([1, 2]);
  });

  test('what is deleted goes everywhere, and its number is not used again', async () => {
    const [a, b] = [await host('a'), await host('b')];
    await upload(a, 'iris', 'one');
    await upload(a, 'iris', 'two');
    await a.store.models.remove('iris', '1');
    await eventually(b, () => b.store.catalog.model('iris').versions.length === 1);
    await a.store.models.remove('iris', '');
    await eventually(b, () => serves(b, 'iris') === 0);
    const left = async (): Promise<string[]> =>
      (await place.names()).filter((name) => !name.includes('/state.'));
    while ((await left()).length > 0) await b.store.models.update();
    expect(await upload(b, 'iris', 'three')).toMatchObject({ version: 3 });
  });

  test('what has other bytes than were published is neither loaded nor sent', async () => {
    const a = await host('a');
    await upload(a, 'iris', 'one');
    const damaged = "Version 1 of 'iris' is not what was published any more";
    const damages = [
      ["'model.onnx' has the sha256", () => place.put('iris/1/model.onnx', 'two')],
      ["it has no file 'model.onnx'", () => place.remove('iris/1/model.onnx')],
    ] as const;
    for (const [fault, damage] of damages) {
      await damage();
      await place.uncache();
      const b = await host(`b ${fault}`);
      expect([serves(a, 'iris'), serves(b, 'iris')]).toEqual([1, 0]);
      const [version] = b.store.catalog.model('iris').versions;
      expect(version).toMatchObject({ state: 'failed' });
      expect(version?.reason).toContain(`${damaged}: ${fault}`);
      for (const each of [a, b]) {
        const refused = { code: 'storage_unavailable', message: version?.reason };
        await expect(storedFiles(each, 'iris')).rejects.toMatchObject(refused);
      }
    }
    await place.put('iris/1/model.onnx', 'one');
    expect(await contentOf(await host('c'), 'iris')).toBe('one');
    expect(await contentOf(a, 'iris')).toBe('one');
  });

  test('defaults, descriptions and versions survive the end of all hosts', async () => {
    const a = await host('a');
    await upload(a, 'iris', 'one', { description: 'flowers' });
    await upload(a, 'iris', 'two');
    await a.store.naming.setDefault('iris', 1);
    expect(await codeOf(a.store.models.remove('iris', '1'))).toBe('conflict');
    await a.store.stop();
    const b = await host('b');
    expect(serves(b, 'iris')).toBe(1);
    expect(b.store.catalog.model('iris').description).toBe('flowers');
    expect(await contentOf(b, 'iris', '2')).toBe('two');
  });

  test('a bare file is served, replaced and removed', async () => {
    const a = await host('a');
    await place.put('iris.onnx', 'one');
    await eventually(a, () => serves(a, 'iris') === 1);
    await place.put('iris.onnx', 'second');
    await eventually(a, () => serves(a, 'iris') === 2);
    expect(await contentOf(a, 'iris')).toBe('second');
    await place.remove('iris.onnx');
    await eventually(a, () => serves(a, 'iris') === 0);
    expect(a.store.catalog.models()).toEqual([]);
  });

  test("a folder in Triton's layout, with its configuration and a file beside the model", async () => {
    const a = await host('a');
    await place.put('simple/config.pbtxt', 'default_model_filename: "net.onnx"');
    await place.put('simple/1/weights.bin', 'weights');
    const reason = (): string | undefined =>
      a.store.catalog.models().find(({ name }) => name === 'simple')?.versions[0]?.reason;
    await eventually(a, () => reason()?.includes("'simple': It has no file 'net.onnx'.") === true);
    expect(serves(a, 'simple')).toBe(0);
    await place.put('simple/1/net.onnx', 'one');
    await eventually(a, () => serves(a, 'simple') === 1);
    const b = await host('b');
    const file = (await storedFiles(b, 'simple')).files[0]!.path;
    expect(await textOf(path.join(path.dirname(file), 'weights.bin'))).toBe('weights');
    expect(await place.names()).toContain('simple/1/config.pbtxt');
    await place.put('simple/3/net.onnx', 'three');
    await eventually(b, () => serves(b, 'simple') === 3);
  });

  test('a broken one is listed with its reason and does not stop the others', async () => {
    await place.put('broken.onnx', 'bad bytes');
    await place.put('good.onnx', 'one');
    const a = await host('a');
    expect(serves(a, 'good')).toBe(1);
    expect(a.store.catalog.model('broken').versions[0]).toMatchObject({
      state: 'failed',
      reason: "Version 1 of 'broken': It says: bad bytes",
    });
    await place.remove('broken.onnx');
    await eventually(a, () => a.store.catalog.models().length === 1);
  });

  test('two hosts take in one file once', async () => {
    const hosts = await Promise.all([host('a'), host('b')]);
    await place.put('iris.onnx', 'one');
    for (const each of hosts) await eventually(each, () => serves(each, 'iris') === 1);
    for (const each of hosts) await each.store.models.update();
    expect(hosts[1].store.catalog.model('iris').versions).toHaveLength(1);
  });

  test('the examples come into an empty repository, once for all hosts', async () => {
    const examples = path.join(testRoot(), 'examples');
    await mkdir(path.join(examples, 'one', '1'), { recursive: true });
    await writeFile(path.join(examples, 'one', '1', 'model.onnx'), 'one');
    await writeFile(path.join(examples, 'one', 'config.json'), '{"max_batch_size":3}');
    const hosts = await Promise.all([host('a', { examples }), host('b', { examples })]);
    for (const each of hosts) await eventually(each, () => serves(each, 'one') === 1);
    expect(hosts[0].store.catalog.resolve('one', '').batching.maxRows).toBe(3);
    await hosts[0].store.models.remove('one', '');
    expect(serves(await host('c', { examples }), 'one')).toBe(0);
  });
}

describe('a repository in a directory', () => {
  contract(inDirectory);
});

describeWhere(missingServer, 'a repository in a bucket', () => {
  let server: S3Server;

  beforeAll(async () => {
    server = await S3Server.start();
  });

  afterAll(() => server.stop());

  contract(() => inBucket(server));
});
