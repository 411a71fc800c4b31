import { startCluster, type TestCluster } from '../support/cluster';
import { createCanaryTrial, type CanaryTrial } from '../support/canary-trial';
import { stopCallers } from '../support/callers';
import { describeEachBalancer } from '../support/each-balancer';
import { GrpcClient, grpcPort, services } from '../support/grpc-client';
import { inferGrpc } from '../support/grpc-infer';
import { askAddend, plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';
import { encodeElements } from '../support/shared-cases';
import { eventsNow } from '../support/told-events';
import { manage, upload } from '../support/uploads';

describeEachBalancer('canaries', (balancer) => {
  let cluster: TestCluster;
  /** Both inferrers, and the own ports of the hosts that stay. */
  let urls: string[];

  beforeAll(async () => {
    cluster = await startCluster({ balancer, examples: '', inferrers: 2 });
    urls = [...cluster.urls, ...(await cluster.hosts()).map(({ url }) => url)];
  });

  afterAll(() => cluster.stop());
  afterEach(stopCallers);

  const answersOtherwise = ['answers otherwise', 2, {}, /differ/] as const;
  // A canary is judged by the inferrers, whoever balances: one way shows that with nginx, too.
  const worse =
    balancer === 'nginx'
      ? [answersOtherwise]
      : ([
          answersOtherwise,
          // By so many of its own requests that clients' share of it is known well enough.
          ['fails', 4, { disagreement: null, min_requests: 300 }, /requests failed/],
          [
            'is slow',
            5,
            { disagreement: null, latency_ratio: 2 },
            /takes .* ms, more than 2 times/,
          ],
        ] as const);

  /** Each within its window, and clients have seen no more of it than its share. */
  async function takesBack(trial: CanaryTrial): Promise<void> {
    for (const [what, version, limits, why] of worse) {
      const end = await trial.run({ version, limits }, 'rolled_back');
      const reason = expect.stringMatching(why) as string;
      expect(end.decisions).toMatchObject([
        { action: 'begin', share: 10 },
        { action: 'roll_back', share: 0, reason },
      ]);
      expect(end.lasted).toBeLessThan(60_000);
      const share = end.shareOf(version);
      expect(share).toBeGreaterThan(0);
      // Four standard deviations above a tenth; of so many as here no more than a fifth above.
      expect(share).toBeLessThan(0.1 + 4 * Math.sqrt(0.09 / end.asked));
      if (what === 'fails') expect(share).toBeLessThan(0.12);
      await trial.forget();
    }
  }

  test('what does worse is taken back, another becomes the default, though a host dies', async () => {
    const doomed = cluster.addHost();
    await cluster.ready(...cluster.modelhosts.keys());
    const trial = await createCanaryTrial(cluster, urls);
    await takesBack(trial);
    await trial.decided(worse.length);
    const end = trial.run({ version: 3, steps: [50, 100], every: '1s' }, 'promoted');
    await doomed.end('SIGKILL');
    const good = await end;
    expect([2, 4, 5].map((version) => good.shareOf(version))).toEqual([0, 0, 0]);
    expect(trial.failures).toEqual([]);
    for (const at of urls) expect((await askAddend(at, 'tested')).answer.version).toBe('3');
    const back = worse.map(() => 'begun rolled_back').join(' ');
    await trial.told(`${back} begun step promoted`);
  });

  if (balancer === 'direct') {
    test('one whose answers cannot be written is taken back', async () => {
      await upload(cluster.url, 'unwritten', plusModel(1));
      await upload(cluster.url, 'unwritten', plusModel(Infinity));
      await manage(cluster.url, 'POST', '/api/v1/models/unwritten/default', { default: 1 });
      const limits = { error_rate: 0.5, latency_ratio: null, min_requests: 20 };
      const plan = { version: 2, steps: [50], every: '60s', limits };
      const path = '/api/v1/models/unwritten/canary';
      expect((await manage(cluster.url, 'PUT', path, plan)).status).toBe(200);
      const ended = await eventually('it is taken back', async () => {
        const asks = Array.from({ length: 8 }, (_, at) => predictedAt(urls[at % 2]!));
        for (const status of await Promise.all(asks)) expect([200, 422]).toContain(status);
        const { body } = await manage(cluster.url, 'GET', path);
        return body['state'] === 'stepping' ? undefined : body;
      });
      expect(ended).toMatchObject({
        state: 'rolled_back',
        decisions: [
          { action: 'begin' },
          { reason: expect.stringMatching(/requests failed/) as string },
        ],
      });
    });
  }

  test('the same user is answered by the same version, over HTTP and gRPC, wherever he asks', async () => {
    await upload(cluster.url, 'kept', plusModel(1));
    await upload(cluster.url, 'kept', plusModel(2));
    await manage(cluster.url, 'POST', '/api/v1/models/kept/default', { default: 1 });
    const sticky = { header: 'x-user' };
    const plan = { version: 2, steps: [50], every: '1h', sticky };
    const path = '/api/v1/models/kept/canary';
    expect((await manage(cluster.url, 'PUT', path, plan)).status).toBe(200);
    expect((await manage(cluster.urls[1]!, 'GET', path)).body).toMatchObject({ sticky, share: 50 });
    const ports = await Promise.all(cluster.inferrers.map(grpcPort));
    const clients = ports.map((port) => new GrpcClient(services.inference, port));
    const users = await Promise.all(
      Array.from({ length: 20 }, async (_, user) => {
        const header = { 'x-user': `u${user}` };
        const byHttp = urls.map((url) => versionFor(url, header));
        const byGrpc = clients.map(async (client) => {
          return (await inferGrpc(client, { url: '', model: 'kept', inputs }, header)).version;
        });
        return new Set(await Promise.all([...byHttp, ...byGrpc]));
      }),
    );
    for (const client of clients) client.close();
    expect(users.map(({ size }) => size)).toEqual(users.map(() => 1));
    expect(new Set(users.flatMap((versions) => [...versions]))).toEqual(new Set(['1', '2']));
  });

  test('one that only one host is to have becomes the default, though an inferrer dies', async () => {
    const config = JSON.stringify({ shoal: { placement: { copies: 1 } } });
    for (const addend of [1, 2]) {
      await upload(cluster.url, 'placed', plusModel(addend), { fields: { config } });
    }
    const path = '/api/v1/models/placed';
    await manage(cluster.url, 'POST', `${path}/default`, { default: 1 });
    const [last] = await eventsNow(cluster.url);
    const limits = { latency_ratio: null, min_requests: 5 };
    const plan = { version: 2, steps: [50, 100], every: '1s', limits };
    expect((await manage(cluster.url, 'PUT', `${path}/canary`, plan)).status).toBe(200);
    const becomes = (wanted: object): Promise<unknown> =>
      eventually(JSON.stringify(wanted), async () => {
        const asks = Array.from({ length: 10 }, () => askAddend(cluster.url, 'placed'));
        for (const { addend } of await Promise.all(asks)) expect([1, 2]).toContain(addend);
        const { body } = await manage(cluster.url, 'GET', `${path}/canary`);
        return Object.entries(wanted).every(([key, value]) => body[key] === value) || undefined;
      });
    await becomes({ share: 100 });
    await cluster.inferrers[1]!.end('SIGKILL');
    await becomes({ state: 'promoted' });
    await eventually('each decision is told once', async () => {
      const told = await eventsNow(cluster.url, last!.id, 'placed');
      const names = told.map(({ name }) => name).filter((name) => name.startsWith('canary.'));
      return names.join(' ') === 'canary.begun canary.step canary.promoted' || undefined;
    });
  });
});

const inputs = [
  { name: 'x', datatype: 'FP32', shape: [1, 1], data: encodeElements('FP32', [1]) },
] as const;

async function predictedAt(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/models/unwritten/prediction`, {
    method: 'POST',
    body: JSON.stringify({ values: [1] }),
    headers: { 'content-type': 'application/json' },
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function versionFor(url: string, header: Record<string, string>): Promise<string> {
  const answer = await fetch(`${url}/api/v1/models/kept/prediction`, {
    method: 'POST',
    body: JSON.stringify({ values: [1] }),
    headers: { 'content-type': 'application/json', ...header },
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(text);
  return String((JSON.parse(text) as { version: number }).version);
}
