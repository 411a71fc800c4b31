import { ask, type Asking } from '../support/ask';
import { askAddSub } from '../support/add-sub-call';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';

describeEachBalancer('a cluster under a path', (balancer) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster({ balancer, environment: { BASE_PATH: '/shoal' } });
  });

  afterAll(() => cluster.stop());

  test('the url of the cluster has the path', () => {
    expect(new URL(cluster.url).pathname).toBe('/shoal');
  });

  test.each<[path: string, says: string, asking: Asking]>([
    ['/', 'Greetings', {}],
    ['/help', 'Open Inference Protocol', {}],
    ['/v2/health/ready', '', {}],
    ['/v2', 'shoal', {}],
    ['/v2/models/iris', 'onnx', {}],
    ['/api/test', 'inferrer', {}],
    ['/api/test/sendtomodelhost', 'node', { body: { data: [1, 2, 3, 4, 5, 6] } }],
    ['/api/v1/models', 'iris', {}],
    ['/api/v1/models/iris/information', 'iris', {}],
    ['/api/v1/models/iris/prediction', 'values', { body: { values: [5.1, 3.5, 1.4, 0.2] } }],
    ['/metrics', 'shoal_requests_total', {}],
  ])('%s answers under it and not without it', async (path, says, asking) => {
    const reply = await ask(`${cluster.url}${path}`, asking);
    expect(reply.status).toBe(200);
    expect(reply.text).toContain(says);
    const without = await ask(new URL(path, cluster.url).href, asking);
    expect(without.status).toBe(404);
    expect(JSON.parse(without.text)).toMatchObject({ code: 'unknown_route' });
  });

  test.each(['/health/live', '/health/ready'])('%s answers under it', async (path) => {
    expect((await ask(`${cluster.url}${path}`)).status).toBe(200);
  });

  test('both hosts compute', async () => {
    const hosts = new Set<unknown>();
    for (let seed = 0; seed < 100; seed += 1) {
      hosts.add((await askAddSub(cluster.url, seed)).headers['shoal-modelhost']);
    }
    expect([...hosts].sort()).toEqual(['h1', 'h2']);
  });
});
