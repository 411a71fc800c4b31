import { ask, type Asking } from '../support/ask';
import { askAddSub } from '../support/add-sub-call';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';

describeEachBalancer('a cluster under a path', (balancer) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster({
      balancer,
      environment: { BASE_PATH: '/shoal' },
      models: ['add-sub', 'iris'],
    });
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

  test('/docs has all that it needs from this server, under the path', async () => {
    const page = await fetch(`${cluster.url}/docs`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    const text = await page.text();
    expect(text).not.toMatch(/<(script|style|img|iframe|base|form)|\son[a-z]+=|\sstyle=|url\(/i);
    const places = [...text.matchAll(/\s(?:href|src|action)="([^#"][^"]*)"/g)].map(
      ([, place = '']) => new URL(place, page.url).href,
    );
    expect(places).toEqual([`${cluster.url}/docs/style.css`, `${cluster.url}/openapi.json`]);
    const types = places.map(async (place) => {
      const asset = await fetch(place);
      const { length } = await asset.text();
      return [asset.status, asset.headers.get('content-type'), length > 500];
    });
    expect(await Promise.all(types)).toEqual([
      [200, 'text/css; charset=utf-8', true],
      [200, 'application/json', true],
    ]);
  });

  test('/openapi.json has the path', async () => {
    const document = (await (await fetch(`${cluster.url}/openapi.json`)).json()) as object;
    expect(document).toMatchObject({ servers: [{ url: '/shoal' }] });
  });

  test('both hosts compute', async () => {
    const hosts = new Set<unknown>();
    for (let seed = 0; seed < 100; seed += 1) {
      hosts.add((await askAddSub(cluster.url, seed)).headers['shoal-modelhost']);
    }
    expect([...hosts].sort()).toEqual(['h1', 'h2']);
  });
});
