import { Agent } from 'node:http';
import { ask } from '../support/ask';
import { addSubCall, askAddSub } from '../support/add-sub-call';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { GrpcClient, grpcPort, services } from '../support/grpc-client';
import { inferGrpc } from '../support/grpc-infer';
import { samplesOf } from '../support/samples';

describeEachBalancer('requests of one client', (balancer) => {
  /** nginx chooses at random, whatever the requests come by. */
  const requests = balancer === 'direct' ? 10_000 : 2000;
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
    for (let seed = 0; seed < requests; seed += 1) {
      const { headers } = await askAddSub(cluster.url, seed, { agent });
      const host = String(headers['shoal-modelhost']);
      byHost.set(host, (byHost.get(host) ?? 0) + 1);
    }
    agent.destroy();
    expect(sockets.size).toBe(1);
    expectEven(byHost, requests);
    expect(await countedByHost(cluster)).toEqual(Object.fromEntries(byHost));
  });

  test('one connection for gRPC does, too', async () => {
    const client = new GrpcClient(services.inference, await grpcPort(cluster.inferrer));
    const byHost = new Map<string, number>();
    let next = 0;
    const asking = async (): Promise<void> => {
      while (next < requests) {
        const seed = (next += 1);
        const { inputs, outputs: expected } = addSubCall(seed).workedOut();
        const call = { url: cluster.url, model: 'add-sub', inputs };
        const { host, outputs } = await inferGrpc(client, call);
        outputs.forEach(({ data }, at) => {
          if (!expected[at]!.data.every((byte, of) => byte === data[of]))
            throw new Error(`wrong answer to ${seed}`);
        });
        byHost.set(host, (byHost.get(host) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 16 }, asking));
    client.close();
    expectEven(byHost, requests);
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

/** Both hosts have had their half, or a fifth less or more of it. */
function expectEven(byHost: ReadonlyMap<string, number>, requests: number): void {
  expect([...byHost.keys()].sort()).toEqual(['h1', 'h2']);
  for (const count of byHost.values())
    expect(Math.abs(count - requests / 2)).toBeLessThan(requests / 10);
}

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
