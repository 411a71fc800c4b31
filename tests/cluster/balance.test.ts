import { ask } from '../support/ask';
import { addSubCall, type AddSubCall } from '../support/add-sub-call';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { GrpcClient, grpcPort, services } from '../support/grpc-client';
import { inferGrpc } from '../support/grpc-infer';
import { openHttp } from '../support/mutations/http-connection';
import { bytesOf } from '../support/mutations/http-request';
import { samplesOf } from '../support/samples';

/** Requests that are under way at once over the connection. */
const together = 8;
const nothing = Buffer.alloc(0);

describeEachBalancer('requests of one client', (balancer) => {
  /** nginx chooses at random, whatever the requests come by. */
  const requests = balancer === 'direct' ? 10_000 : 2000;
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster({
      balancer,
      environment: { ACCESS_LOG: 'off' },
      models: ['add-sub'],
    });
  });

  afterAll(() => cluster.stop());

  test('one kept connection reaches all modelhosts evenly, and every request is counted', async () => {
    const connection = openHttp(Number(new URL(cluster.url).port));
    const byHost = new Map<string, number>();
    for (let seed = 0; seed < requests; seed += together) {
      const calls = Array.from({ length: together }, (_, at) => addSubCall(seed + at));
      // The first answer is waited for with all of them under way, the others with nothing more.
      const sent = [Buffer.concat(calls.map(bytesOfCall)), ...calls.slice(1).map(() => nothing)];
      for (const [at, bytes] of sent.entries()) {
        const { status, headers, body } = (await connection.ask(bytes))!;
        const reply = { status, headers: {}, text: body.toString() };
        if (calls[at]!.wrong(reply) !== undefined) throw new Error(calls[at]!.wrong(reply));
        const host = headers.get('shoal-modelhost') ?? '';
        byHost.set(host, (byHost.get(host) ?? 0) + 1);
      }
    }
    expect(connection.open).toBe(true);
    connection.close();
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

function bytesOfCall({ body }: AddSubCall): Buffer {
  const headers = [['Content-Type', 'application/json']] as const;
  const target = '/v2/models/add-sub/infer';
  return bytesOf({ method: 'POST', target, headers, body: Buffer.from(JSON.stringify(body)) });
}

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
