import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ask, type Asking, type Reply } from '../support/ask';
import { startCluster, type TestCluster } from '../support/cluster';
import { writeAddOne } from '../support/made-models';
import { samplesOf } from '../support/samples';
import { upload } from '../support/uploads';

/** 127.0.0.1 is the proxy that is trusted; from 127.0.0.2 comes who is not. */
const environment = { TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_CLIENT: '1/s burst 30' };
const total = '1/s burst 25';
const perClient = '1/s burst 20';

/** What passes of a burst in a test of so many milliseconds at one a second. */
function atMost(burst: number, ms: number): number {
  return burst + Math.ceil(ms / 1000) + 1;
}

/** Limits are the inferrer's, whatever the balancer. */
describe('a cluster with rate limits', () => {
  let cluster: TestCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-limits-'));
    cluster = await startCluster({ balancer: 'direct', hosts: 1, examples: '', environment });
    const file = writeAddOne(folder);
    const config = JSON.stringify({ shoal: { rate_limit: { total, per_client: perClient } } });
    expect((await upload(cluster.url, 'free', file)).status).toBe(201);
    expect((await upload(cluster.url, 'limited', file, { fields: { config } })).status).toBe(201);
  });

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One row, by turns in each dialect. */
  function predict(model: string, turn: number, asking: Asking): Promise<Reply> {
    return turn % 2 === 0
      ? ask(`${cluster.url}/v2/models/${model}/infer`, {
          ...asking,
          body: { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, turn] }] },
        })
      : ask(`${cluster.url}/api/v1/models/${model}/prediction`, {
          ...asking,
          body: { values: [1, 2, turn] },
        });
  }

  interface Burst {
    readonly passed: number;
    readonly refused: readonly Reply[];
    readonly ms: number;
  }

  /** So many predictions one after the other; each that passes has its own answer. */
  async function burst(
    model: string,
    times: number,
    asking: (turn: number) => Asking,
  ): Promise<Burst> {
    const began = performance.now();
    const refused: Reply[] = [];
    for (let turn = 0; turn < times; turn += 1) {
      const reply = await predict(model, turn, asking(turn));
      if (reply.status === 429) refused.push(reply);
      else expect([reply.status, reply.text.includes(`[2,3,${turn + 1}]`)]).toEqual([200, true]);
    }
    return { passed: times - refused.length, refused, ms: performance.now() - began };
  }

  const behindProxy = (client: string) => (): Asking => ({
    headers: { 'x-forwarded-for': client },
  });

  test('each client behind the proxy has its own rate, in both dialects and for all routes', async () => {
    const { passed, refused, ms } = await burst('free', 60, behindProxy('203.0.113.1'));
    expect(passed).toBeGreaterThanOrEqual(30);
    expect(passed).toBeLessThanOrEqual(atMost(30, ms));
    for (const { headers, text } of refused) {
      expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(JSON.parse(text)).toMatchObject({ code: 'rate_limited', http_status: { code: 429 } });
    }
    const other = await burst('free', 10, behindProxy('203.0.113.2'));
    expect(other.passed).toBe(10);
  });

  test('an upload of a client that has used its rate is refused before it is read', async () => {
    const asking = behindProxy('203.0.113.3')();
    await burst('free', 40, () => asking);
    const url = `${cluster.url}/api/v1/models/another`;
    const uploads = Array.from({ length: 8 }, () =>
      ask(url, { ...asking, method: 'PUT', body: 'x'.repeat(100_000) }),
    );
    const refused = (await Promise.all(uploads)).filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(4);
    expect(refused.map(({ headers }) => headers['retry-after'])).toContain('1');
    const health = Array.from({ length: 40 }, () => ask(`${cluster.url}/health/ready`, asking));
    expect((await Promise.all(health)).map(({ status }) => status)).toEqual(Array(40).fill(200));
  });

  test('a forged header does not help who does not come through the proxy', async () => {
    const agent = new Agent({ localAddress: '127.0.0.2', keepAlive: true });
    const forging = (turn: number): Asking => ({
      agent,
      headers: { 'x-forwarded-for': `198.51.100.${turn}` },
    });
    const { passed, ms } = await burst('free', 60, forging);
    expect(passed).toBeGreaterThanOrEqual(30);
    expect(passed).toBeLessThanOrEqual(atMost(30, ms));
    const honest = await burst('free', 10, () => ({ agent }));
    expect(honest.passed).toBeLessThanOrEqual(atMost(0, honest.ms));
    agent.destroy();
  });

  test('a model limits each client and all together; who is refused elsewhere is not', async () => {
    const first = await burst('limited', 25, behindProxy('203.0.113.5'));
    expect(first.passed).toBeGreaterThanOrEqual(20);
    expect(first.passed).toBeLessThanOrEqual(atMost(20, first.ms));
    const second = await burst('limited', 25, behindProxy('203.0.113.6'));
    expect(first.passed + second.passed).toBeGreaterThanOrEqual(25);
    expect(first.passed + second.passed).toBeLessThanOrEqual(atMost(25, first.ms + second.ms));
    const { text } = second.refused[0]!;
    expect(JSON.parse(text)).toMatchObject({ code: 'rate_limited' });
    expect((await burst('free', 5, behindProxy('203.0.113.6'))).passed).toBe(5);
  });

  test('the refused are counted by model and reason, never by address', async () => {
    const { text } = await ask(`${cluster.url}/metrics`);
    const refused = samplesOf(text).filter(({ labels }) => labels.startsWith('shoal_limited_'));
    const counted = (labels: string): number =>
      refused.find((sample) => sample.labels.includes(labels))?.value ?? 0;
    expect(counted('model="",reason="client"')).toBeGreaterThan(0);
    expect(counted('model="limited",reason="model_client"')).toBeGreaterThan(0);
    expect(counted('model="limited",reason="model"')).toBeGreaterThan(0);
    expect(text).not.toMatch(/203\.0\.113|198\.51\.100/);
  });
});
