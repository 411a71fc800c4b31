import { ask, type Asking } from '../support/ask';
import { addSubCall } from '../support/add-sub-call';
import { stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { startLoad } from '../support/load';
import { eventually } from '../support/processes';

const secret = 'only-among-us';
const tokens = 'caller-token=infer;keeper-token=manage;watcher-token=metrics';

interface Route {
  readonly path: string;
  readonly right: string;
  readonly wrong: string;
  readonly asking?: Asking;
}

const infer: Asking = { body: addSubCall(7).body };
const onBoth: readonly Route[] = [
  { path: '/v2/models/add-sub/infer', right: 'caller', wrong: 'watcher', asking: infer },
  { path: '/v2/models/add-sub', right: 'caller', wrong: 'keeper' },
  { path: '/metrics', right: 'watcher', wrong: 'caller' },
];
const onInferrer: readonly Route[] = [
  ...onBoth,
  { path: '/api/v1/models/add-sub/information', right: 'caller', wrong: 'watcher' },
  { path: '/api/v1/models/iris/example', right: 'caller', wrong: 'watcher' },
  { path: '/api/v1/models', right: 'caller', wrong: 'watcher' },
  { path: '/api/v1/models/updatemodelhosts', right: 'keeper', wrong: 'caller' },
  { path: '/api/v1/models/iris/download', right: 'keeper', wrong: 'caller' },
];
const onModelhost: readonly Route[] = [
  ...onBoth,
  { path: '/modelhost/models/add-sub/information', right: 'caller', wrong: 'watcher' },
  { path: '/modelhost/models/iris/example', right: 'caller', wrong: 'watcher' },
  { path: '/modelhost/models', right: 'caller', wrong: 'watcher' },
  { path: '/modelhost/models/iris/download', right: 'keeper', wrong: 'caller' },
];

async function statuses(url: string, { path, right, wrong, asking }: Route): Promise<number[]> {
  const tries = [undefined, 'unknown-token', `${right}-token`, `${wrong}-token`];
  const replies = tries.map((token) =>
    ask(`${url}${path}`, {
      ...asking,
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    }),
  );
  return (await Promise.all(replies)).map(({ status }) => status);
}

describeEachBalancer('a cluster with tokens and a secret', (balancer) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    const environment = { TOKENS: tokens, CLUSTER_SECRET: secret };
    cluster = await startCluster({ balancer, environment, models: ['add-sub', 'iris'] });
  });

  afterEach(stopCallers);

  afterAll(() => cluster.stop());

  test.each(onInferrer)('inferrer, $path: no, unknown, right, wrong token', async (route) => {
    expect(await statuses(cluster.url, route)).toEqual([401, 401, 200, 403]);
  });

  test.each(onModelhost)('modelhost, $path: no, unknown, right, wrong token', async (route) => {
    const [host] = await cluster.hosts();
    expect(await statuses(host!.url, route)).toEqual([401, 401, 200, 403]);
  });

  test('health asks for nothing; the paths of the cluster ask for its secret', async () => {
    const headers = { authorization: 'Bearer keeper-token' };
    const [host] = await cluster.hosts();
    for (const url of [cluster.url, host!.url]) {
      expect((await ask(`${url}/health/ready`)).status).toBe(200);
    }
    expect((await ask(`${cluster.url}/cluster/hosts`, { headers })).status).toBe(403);
    expect((await ask(`${host!.url}/modelhost/catalog`, { headers })).status).toBe(403);
  });

  test('the cluster works inside: both hosts answer, and the check reaches both', async () => {
    const headers = { authorization: 'Bearer caller-token' };
    const load = startLoad(cluster.url, { headers });
    await load.moreBy('h1', 20);
    await load.moreBy('h2', 20);
    await load.stop();
    expect(load.failures).toEqual([]);
    const body = { data: Array.from({ length: 20 }, (_, index) => index) };
    const reply = await ask(`${cluster.url}/api/test/sendtomodelhost`, { body, headers });
    expect(reply.status).toBe(200);
    expect(reply.text).toContain('"h1"');
    expect(reply.text).toContain('"h2"');
  });

  test('a modelhost without the secret, or with another, is not let in and says why', async () => {
    const strangers = [
      cluster.addHost({ HOST_ID: 'none', CLUSTER_SECRET: '', TOKENS: '' }),
      cluster.addHost({ HOST_ID: 'other', CLUSTER_SECRET: 'guessed' }),
    ];
    for (const stranger of strangers) {
      await eventually(
        `${stranger.name} is refused`,
        () => stranger.log().includes('CLUSTER_SECRET must be the same on both') || undefined,
      );
    }
    expect((await cluster.hosts()).map(({ id }) => id).sort()).toEqual(['h1', 'h2']);
    await Promise.all(strangers.map((stranger) => stranger.end('SIGKILL')));
  });
});
