import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BucketClient } from '../../../modelhost/repository/bucket/bucket-client';
import { putFile } from '../../../modelhost/repository/bucket/put-file';
import { createS3Client } from '../../../modelhost/repository/bucket/s3-client';
import { abandonedMs } from '../../../modelhost/repository/staging-cleanup';
import type { Storage } from '../../../modelhost/repository/storage';
import { describeWhere } from '../../support/describe-where';
import { storedMeta } from '../../support/fake-check';
import { AnswerProxy } from './answer-proxy';
import { DyingBucket } from './dying-bucket';
import { inBucket, type BucketPlace } from './repository-places';
import { missingServer, S3Server } from './s3-server';

const mib = 1024 ** 2;
/** Two whole parts and one that is not. */
const model = randomBytes(20 * mib);
const sha256 = createHash('sha256').update(model).digest('hex');

/** Files that are sent in parts of 8 MiB. */
describeWhere(missingServer, 'a large model in a bucket', () => {
  let server: S3Server;
  let place: BucketPlace;
  let proxy: AnswerProxy;
  let folder: string;

  beforeAll(async () => {
    server = await S3Server.start();
    folder = await mkdtemp(path.join(tmpdir(), 'shoal-large-'));
    const meta = { ...storedMeta, sha256, bytes: model.length };
    await writeFile(path.join(folder, 'model.onnx'), model);
    await writeFile(path.join(folder, 'meta.json'), JSON.stringify(meta));
  });

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  beforeEach(async () => {
    place = await inBucket(server);
    proxy = new AnswerProxy(server.port);
    await proxy.listen();
  });

  afterEach(async () => {
    await proxy.close();
    await place.end();
  });

  const direct = (): BucketClient => server.client(place.prefix);
  const behindProxy = (): BucketClient => server.client(place.prefix, proxy.port);

  async function put(client: BucketClient): Promise<void> {
    await putFile(client, 'big.onnx', path.join(folder, 'model.onnx'));
    const stored = (await direct().read('big.onnx')) ?? Buffer.alloc(0);
    expect(createHash('sha256').update(stored).digest('hex')).toBe(sha256);
    expect(await direct().unfinishedUploads()).toEqual([]);
  }

  test('arrives although a connection breaks in the middle', async () => {
    proxy.cutRequestsAfter = 13 * mib;
    await put(behindProxy());
    expect(proxy.hits).toBe(1);
  });

  test.each([
    ['the beginning', /^POST .*\?uploads/],
    ['a part', /^PUT .*partNumber=2/],
    ['the end', /^POST .*\?uploadId=/],
  ])('arrives although the answer to %s is lost', async (what, request) => {
    proxy.loseAnswerTo = request;
    const client = behindProxy();
    if (what === 'the beginning') {
      await putFile(client, 'big.onnx', path.join(folder, 'model.onnx'));
      // What nobody has an id for is cleaned up when it is old.
      expect(await direct().unfinishedUploads()).toHaveLength(1);
    } else {
      await put(client);
    }
    expect(proxy.hits).toBe(1);
  });

  test('is not taken for whole where something else lies in its place', async () => {
    await place.put('big.onnx', model.subarray(1));
    const dying = new DyingBucket(direct());
    const failing = new Proxy(dying.client, {
      get: (target, name): unknown =>
        name === 'endUpload'
          ? () => Promise.reject(new Error('it failed'))
          : (Reflect.get(target, name) as unknown),
    });
    await expect(put(failing)).rejects.toThrow('it failed');
    await place.put('big.onnx', model);
    await expect(put(failing)).rejects.toThrow('it failed');
  });

  /** The first part of an upload, over a line on which so many bytes go in a second. */
  async function putPart(bytesPerSecond: number): Promise<string> {
    const id = await direct().beginUpload('big.onnx');
    const settings = { ...server.settings(proxy.port), S3_TIMEOUT_MS: 300 };
    const client = createS3Client(settings, { bucket: server.bucket, prefix: place.prefix });
    proxy.requestBytesPerSecond = bytesPerSecond;
    return client.putPart('big.onnx', id, 1, model.subarray(0, 8 * mib));
  }

  test('goes over a line on which a part takes longer than the server may be silent', async () => {
    const began = performance.now();
    expect(await putPart(6 * mib)).toMatch(/^"[0-9a-f]{32}"$/);
    expect(performance.now() - began).toBeGreaterThan(1000);
  });

  test('is given up where the line stands still in the middle of a part', async () => {
    const refused = { code: 'storage_unavailable' };
    await expect(putPart(1)).rejects.toMatchObject(refused);
  });

  /** What there is of version 1 of `net`: whole, begun by a host that has died, or nothing. */
  async function lies(storage: Storage): Promise<'whole' | 'begun' | 'nothing'> {
    const [found] = (await storage.list()).models.flatMap(({ versions }) => versions);
    if (found === undefined) return 'nothing';
    if (found.metaStamp === undefined && found.arriving) return 'begun';
    const stored = await direct().read('net/1/model.onnx');
    expect(stored?.equals(model)).toBe(true);
    return 'whole';
  }

  /** Resolves with whether nothing was left undone. */
  async function diesAfter(commands: number): Promise<boolean> {
    const dying = new DyingBucket(direct());
    dying.dieAfter(commands);
    const victim = place.storage(dying.client).place(folder, 'net', 1);
    const acknowledged = await victim.catch(() => false);
    const storage = place.storage();
    const left = await lies(storage);
    if (acknowledged) expect(left).toBe('whole');
    const cleaned = await storage.clean(Date.now() + 2 * abandonedMs);
    expect(cleaned).toEqual(left === 'begun' ? [{ model: 'net', version: 1 }] : []);
    expect(await direct().unfinishedUploads()).toEqual([]);
    await storage.removeVersion('net', 1);
    expect(await place.names()).toEqual([]);
    return acknowledged && !dying.dead;
  }

  test('whose host dies before any command is there whole or not at all', async () => {
    let commands = 0;
    while (!(await diesAfter(commands))) commands++;
    // Of what is put there, the mark, the parts and what makes them one.
    expect(commands).toBeGreaterThanOrEqual(8);
  });
});
