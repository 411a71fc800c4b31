import { describeWhere } from '../../support/describe-where';
import { startCluster, type TestCluster } from '../../support/cluster';
import { askAddend, plusModel } from '../../support/plus-model';
import { eventually } from '../../support/processes';
import { manage, upload } from '../../support/uploads';
import { AnswerProxy } from './answer-proxy';
import { missingServer, S3Server } from './s3-server';

/** Real processes on a bucket: what rows B11, B12 and B16 say of a directory. */
describeWhere(missingServer, 'a cluster whose models are in a bucket', () => {
  let server: S3Server;
  let proxy: AnswerProxy;
  let cluster: TestCluster;

  const started = (): Promise<TestCluster> =>
    startCluster({
      balancer: 'direct',
      repository: `s3://${server.bucket}/cluster`,
      examples: '',
      environment: {
        S3_ENDPOINT: `http://127.0.0.1:${proxy.port}`,
        S3_ACCESS_KEY_ID: server.settings().S3_ACCESS_KEY_ID,
        S3_SECRET_ACCESS_KEY: server.settings().S3_SECRET_ACCESS_KEY,
        S3_TIMEOUT_MS: '1000',
        S3_ATTEMPTS: '2',
        REPOSITORY_POLL_MS: '100',
      },
    });

  beforeAll(async () => {
    server = await S3Server.start();
    proxy = new AnswerProxy(server.port);
    await proxy.listen();
    cluster = await started();
  });

  afterAll(async () => {
    await cluster.stop();
    await proxy.close();
    await server.stop();
  });

  test('serves what is uploaded and what is put there, goes on without it, and comes back', async () => {
    const put = (name: string, addend: number): Promise<string> =>
      server.client('cluster/').put(name, Buffer.from(plusModel(addend)));
    expect((await upload(cluster.url, 'plus', plusModel(1))).status).toBe(201);
    await put('bare.onnx', 10);
    await put('laid/1/model.onnx', 20);
    const addends = async (): Promise<number[] | undefined> => {
      const names = ['plus', 'bare', 'laid'];
      const asked = await Promise.allSettled(names.map((name) => askAddend(cluster.url, name)));
      const answers = asked.map((one) => (one.status === 'fulfilled' ? one.value.addend : NaN));
      return answers.includes(NaN) ? undefined : answers;
    };
    expect(await eventually('all three are served', addends)).toEqual([1, 10, 20]);

    proxy.set('cut');
    const refused = await upload(cluster.url, 'plus', plusModel(2));
    expect([refused.status, refused.body['code']]).toEqual([503, 'storage_unavailable']);
    expect(await addends()).toEqual([1, 10, 20]);
    expect((await cluster.hosts()).map(({ ready }) => ready)).toEqual([true, true]);
    proxy.set('pass');
    expect((await upload(cluster.url, 'plus', plusModel(2))).status).toBe(201);
    expect(await addends()).toEqual([2, 10, 20]);

    for (const fault of ['busy', 'hang'] as const) {
      proxy.set(fault);
      const failed = await upload(cluster.url, 'plus', plusModel(3));
      expect([failed.status, failed.body['code']]).toEqual([503, 'storage_unavailable']);
      expect(await addends()).toEqual([2, 10, 20]);
    }
    proxy.set('slow');
    expect((await upload(cluster.url, 'slow', plusModel(4))).status).toBe(201);
    expect((await askAddend(cluster.url, 'slow')).addend).toBe(4);
    proxy.set('pass');

    const giveBack = await server.revokeKey();
    const keyless = await upload(cluster.url, 'plus', plusModel(3));
    expect([keyless.status, keyless.body['code']]).toEqual([507, 'insufficient_storage']);
    expect(await addends()).toEqual([2, 10, 20]);
    expect((await cluster.hosts()).map(({ ready }) => ready)).toEqual([true, true]);
    await giveBack();

    const bringBack = await server.hideBucket();
    const lost = await upload(cluster.url, 'plus', plusModel(3));
    expect([lost.status, lost.body['code']]).toEqual([507, 'insufficient_storage']);
    expect(await addends()).toEqual([2, 10, 20]);
    await bringBack();
    expect(await toldByHost(cluster)).toEqual([
      'shoal_bucket_last_listing_timestamp_seconds',
      'shoal_bucket_requests_total',
      'shoal_bucket_retries_total',
      'shoal_model_cache_bytes',
    ]);

    const body = { default: 1 };
    expect((await manage(cluster.url, 'POST', '/api/v1/models/plus/default', body)).status).toBe(
      200,
    );
    await cluster.stop();
    cluster = await started();
    expect(await addends()).toEqual([1, 10, 20]);
    expect(cluster.logs()).not.toContain(server.settings().S3_SECRET_ACCESS_KEY);
  });
});

/** The metrics of its repository that a host tells. */
async function toldByHost(cluster: TestCluster): Promise<string[]> {
  const [host] = await cluster.hosts();
  const text = await (await fetch(`${host!.url}/metrics`)).text();
  const names = text.match(/^shoal_(bucket|model_cache)_[a-z_]+(?=[ {].*[1-9])/gm) ?? [];
  return [...new Set(names)].sort();
}
