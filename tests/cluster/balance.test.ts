import { Agent } from 'node:http';
import { ask } from '../support/ask';
import { askAddSub } from '../support/add-sub-call';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { samplesOf } from '../support/samples';

describeEachBalancer('requests of one client', (balancer) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster({ balancer, environment: { ACCESS_LOG: 'off' } });
  });

  afterAll(() => cluster.stop());

  test('one kept connection reaches all modelhosts evenly, and every request is counted', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    agent.on('free', (socket) => sockets.add(socket));
    const byHost = new Map<string, number>();
    for (let seed = 0; seed < 2000; seed += 1) {
      const { headers } = await askAddSub(cluster.url, seed, { agent });
      const host = String(headers['shoal-modelhost']);
      byHost.set(host, (byHost.get(host) ?? 0) + 1);
    }
    agent.destroy();
    expect(sockets.size).toBe(1);
    expect([...byHost.keys()].sort()).toEqual(['h1', 'h2']);
    for (const count of byHost.values()) {
      expect(count).toBeGreaterThan(800);
      expect(count).toBeLessThan(1200);
    }
    expect(await countedByHost(cluster)).toEqual(Object.fromEntries(byHost));
  });

  test('sendtomodelhost says who received each item, and everybody receives some', async () => {
    const data = Array.from({ length: 100 }, (_, index) => `item-${index}`);
    const url = `${cluster.url}/api/test/sendtomodelhost`;
    const reply = await ask(url, { method: 'POST', body: { data } });
    expect(reply.status).toBe(200);
    const { responses } = JSON.parse(reply.text) as { responses: { data: string; node: string }[] };
    expect(responses.map((line) => line.data)).toEqual(data);
    const nodes = responses.map(({ node }) => node);
    expect([...new Set(nodes)].sort()).toEqual(['h1', 'h2']);
  });
});

/** Predictions with add-sub by modelhost, as the inferrer has counted them. */
async function countedByHost({ url }: TestCluster): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  for (const { labels, value } of samplesOf((await ask(`${url}/metrics`)).text)) {
    if (!labels.startsWith('shoal_requests_total{') || !labels.includes('model="add-sub"'))
      continue;
    const host = /host="([^"]*)"/.exec(labels)?.[1] ?? '';
    counted[host] = (counted[host] ?? 0) + value;
  }
  return counted;
}
