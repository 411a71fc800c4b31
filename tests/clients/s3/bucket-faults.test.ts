import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ShoalError } from '../../../core/errors';
import { silentLogger } from '../../../core/logging';
import { Metrics } from '../../../metrics/metrics';
import { countBucket } from '../../../modelhost/bucket-metrics';
import { createAdoption } from '../../../modelhost/repository/adoption';
import { download } from '../../../modelhost/repository/bucket/download';
import { createS3Client } from '../../../modelhost/repository/bucket/s3-client';
import { createStorage } from '../../../modelhost/repository/create-storage';
import { nodeFileSystem } from '../../../modelhost/repository/file-system';
import { createPublisher } from '../../../modelhost/repository/publish';
import { createScan } from '../../../modelhost/repository/scan';
import { createStateStore } from '../../../modelhost/repository/state-store';
import { fakeCheck } from '../../support/fake-check';
import { describeWhere } from '../../support/describe-where';
import {
  freshRepository,
  newHost,
  serves,
  startHost,
  storedFiles,
  upload,
} from '../../support/model-store-host';
import type { Host } from '../../support/model-store-host';
import { AnswerProxy } from './answer-proxy';
import { DyingBucket } from './dying-bucket';
import { inBucket, type BucketPlace } from './repository-places';
import { missingServer, S3Server } from './s3-server';

const faultOf = (work: Promise<unknown>): Promise<ShoalError> =>
  work.then(
    () => {
      throw new Error('it went well');
    },
    (error: unknown) => {
      expect(error).toBeInstanceOf(ShoalError);
      return error as ShoalError;
    },
  );

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describeWhere(missingServer, 'a repository in a bucket whose server', () => {
  let server: S3Server;
  let place: BucketPlace;
  let proxy: AnswerProxy;
  freshRepository();

  beforeAll(async () => {
    server = await S3Server.start();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    place = await inBucket(server);
    proxy = new AnswerProxy(server.port);
    await proxy.listen();
  });

  afterEach(async () => {
    await proxy.close();
    await place.end();
  });

  const behindProxy = (host: string): Host =>
    newHost(host, { storage: place.storage(server.client(place.prefix, proxy.port)) });

  test('cuts every download in the middle: it is resumed, and its bytes are checked', async () => {
    const model = randomBytes(300_000);
    await place.put('big/1/model.onnx', model);
    const other = await startHost('other', { storage: place.storage() });
    expect(serves(other, 'big')).toBe(1);
    await other.store.stop();
    proxy.cutAfter = 100_000;
    const elsewhere = await mkdtemp(path.join(tmpdir(), 'shoal-cache-'));
    const client = server.client(place.prefix, proxy.port);
    const host = await startHost('a', { storage: place.storage(client, elsewhere) });
    expect(serves(host, 'big')).toBe(1);
    const file = (await storedFiles(host, 'big')).files[0]!.path;
    expect(sha256Of(await readFile(file))).toBe(sha256Of(model));
    expect(proxy.hits).toBeGreaterThanOrEqual(3);
    await host.store.stop();
    await rm(elsewhere, { recursive: true });
  });

  test('refuses the key: said at the start, without the key', async () => {
    const settings = { ...server.settings(), MODEL_CACHE: testCache(), MODEL_CACHE_BYTES: 1 };
    const wrong = { ...settings, S3_SECRET_ACCESS_KEY: 'not-the-secret-of-this-test' };
    const storage = createStorage(`s3://${server.bucket}/x`, wrong, silentLogger());
    const { code, message, details } = await faultOf(newHost('a', { storage }).store.start());
    expect(code).toBe('insufficient_storage');
    expect(message).toContain('Check S3_ACCESS_KEY_ID');
    const all = `${message} ${String(details.cause)} ${JSON.stringify(details.cause)}`;
    for (const secret of ['not-the-secret', 'shoal-key']) expect(all).not.toContain(secret);
    await rm(settings.MODEL_CACHE, { recursive: true, force: true });
  });

  test('refuses the key while hosts serve: what is loaded goes on, and changes when it is back', async () => {
    const host = await startHost('a', { storage: place.storage() });
    await upload(host, 'iris', 'one');
    const giveBack = await server.revokeKey();
    const changes = [
      () => upload(host, 'iris', 'two'),
      () => host.store.models.remove('iris', ''),
      () => host.store.models.update(),
    ];
    for (const change of changes) {
      const { code, message } = await faultOf(change());
      expect([code, message]).toEqual([
        'insufficient_storage',
        expect.stringContaining('Check S3_ACCESS_KEY_ID'),
      ]);
    }
    expect(serves(host, 'iris')).toBe(1);
    await giveBack();
    expect(await upload(host, 'iris', 'two')).toMatchObject({ version: 2 });
    expect(serves(host, 'iris')).toBe(2);
  });

  test('cannot be reached for a while: what is loaded goes on, changes are answered 503', async () => {
    const host = behindProxy('a');
    await host.store.start();
    await upload(host, 'iris', 'one');
    for (const fault of ['cut', 'busy', 'hang'] as const) {
      proxy.set(fault);
      const began = performance.now();
      expect(await faultOf(upload(host, 'iris', 'two'))).toMatchObject({
        code: 'storage_unavailable',
        details: { retryAfter: 5 },
      });
      expect(performance.now() - began).toBeLessThan(20_000);
      await faultOf(host.store.naming.setDefault('iris', 1));
      expect(serves(host, 'iris')).toBe(1);
    }
    proxy.set('slow');
    expect(await upload(host, 'iris', 'two')).toMatchObject({ version: 2 });
    proxy.set('pass');
    expect(serves(host, 'iris')).toBe(2);
  });

  test('fails while a model is taken in: that is not held against the model', async () => {
    await place.put('iris/1/model.onnx', 'one');
    const dying = new DyingBucket(server.client(place.prefix));
    const failing = new Proxy(dying.client, {
      get: (target, name): unknown =>
        name === 'open' && fails-- > 0
          ? () => Promise.reject(new ShoalError('storage_unavailable', 'gone for a moment'))
          : (Reflect.get(target, name) as unknown),
    });
    let fails = 3;
    let now = 0;
    const storage = place.storage(failing);
    const states = createStateStore(storage);
    const publisher = createPublisher(nodeFileSystem, storage, states);
    const adoption = createAdoption({
      fs: nodeFileSystem,
      storage,
      states,
      publisher,
      check: fakeCheck,
      settleMs: 0,
      now: () => now,
      logger: silentLogger(),
      onAdopted: () => undefined,
    });
    await storage.open();
    const scan = createScan(storage, states);
    for (let round = 0; round < 2; round++) await adoption.run(await scan());
    expect([...adoption.faults().keys()]).toEqual(['iris']);
    now += 31_000;
    await adoption.run(await scan());
    expect((await scan()).models.get('iris')?.versions).toHaveLength(1);
  });

  test('loses the answer to a change that it has made: it counts, once', async () => {
    const client = server.client(place.prefix, proxy.port);
    const states = createStateStore(place.storage(client));
    await states.update('iris', (state) => ({ ...state, description: 'first ' }));
    proxy.set('lost');
    const change = states.update('iris', (state) => ({
      ...state,
      description: `${state.description}second `,
    }));
    while (proxy.hits === 0) await new Promise((resolve) => setImmediate(resolve));
    proxy.set('pass');
    expect((await change).description).toBe('first second ');
    expect((await createStateStore(place.storage()).read('iris')).generation).toBe(2);
  });

  test('has lost the bucket: what is loaded goes on, changes are answered 507', async () => {
    const host = await startHost('a', { storage: place.storage() });
    await upload(host, 'iris', 'one');
    const bringBack = await server.hideBucket();
    const { code, message } = await faultOf(upload(host, 'iris', 'two'));
    expect([code, message]).toEqual([
      'insufficient_storage',
      expect.stringContaining(`there is no bucket '${server.bucket}'`),
    ]);
    await faultOf(host.store.models.update());
    expect(serves(host, 'iris')).toBe(1);
    await bringBack();
    expect(await upload(host, 'iris', 'two')).toMatchObject({ version: 2 });
  });

  test('is asked, fails and is asked again: all of it is counted', async () => {
    const metrics = new Metrics({ role: 'modelhost', version: '1' });
    const address = { bucket: server.bucket, prefix: place.prefix };
    const observer = countBucket(metrics, () => 5000);
    const client = createS3Client(server.settings(proxy.port), address, observer);
    await place.put('big.onnx', randomBytes(300_000));
    const [big] = await client.list('');
    proxy.cutAfter = 100_000;
    const folder = await mkdtemp(path.join(tmpdir(), 'shoal-cache-'));
    await download(client, big!, path.join(folder, 'big'), { silentMs: 1000, attempts: 3 });
    await rm(folder, { recursive: true });
    proxy.set('busy');
    await faultOf(client.read('big.onnx'));
    const told = await metrics.write('text');
    expect(told).toContain('shoal_bucket_requests_total{operation="list",outcome="ok"} 1\n');
    expect(told).toContain('shoal_bucket_requests_total{operation="read",outcome="failed"} 2\n');
    expect(told).toContain('shoal_bucket_retries_total{operation="read"} 1\n');
    expect(told).toMatch(/^shoal_bucket_retries_total\{operation="download"\} [2-9]$/m);
  });

  test('is asked once for bytes that several versions have, by hosts that share a cache', async () => {
    for (const version of [1, 2]) await place.put(`iris/${version}/model.onnx`, 'same');
    const first = await startHost('first', { storage: place.storage() });
    expect(serves(first, 'iris')).toBe(2);
    await first.store.stop();
    await place.end();
    const counting = [1, 2].map(() => new DyingBucket(server.client(place.prefix)));
    for (const { client } of counting) {
      expect(serves(await startHost('a', { storage: place.storage(client) }), 'iris')).toBe(2);
    }
    const opened = counting.map(
      ({ commands }) => commands.filter((command) => command.startsWith('open ')).length,
    );
    expect(opened).toEqual([1, 0]);
    expect(await place.cached()).toEqual([sha256Of(Buffer.from('same'))]);
  });

  test('has keys that lead elsewhere: nothing of them is touched', async () => {
    for (const key of ['iris/1/../../../out.onnx', 'iris/1/..', '.x/1/model.onnx', 'a\\b.onnx']) {
      await place.put(key, 'evil').catch(() => undefined);
    }
    await place.put('good.onnx', 'one');
    const host = await startHost('a', { storage: place.storage() });
    expect(serves(host, 'good')).toBe(1);
    expect(host.store.catalog.models().map(({ name }) => name)).not.toContain('a\\b');
    expect(host.store.catalog.models().filter(({ name }) => name !== 'good')).toEqual([]);
  });
});

function testCache(): string {
  return path.join(tmpdir(), `shoal-cache-${process.pid}`);
}
