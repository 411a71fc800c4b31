import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { GrpcClient, grpcPort, services } from '../support/grpc-client';
import { plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';
import { sumOf } from '../support/samples';
import { upload } from '../support/uploads';

interface Total {
  readonly count: number;
  readonly ns: number;
}

interface ModelStats {
  readonly version: string;
  readonly inference_count: number;
  readonly execution_count: number;
  readonly inference_stats: Readonly<Record<string, Total>>;
  readonly batch_stats: readonly { readonly batch_size: number; readonly compute_infer: Total }[];
}

const rows = [5.1, 3.5, 1.4, 0.2];

/** What monitors ask of version 1, which is no inference. */
async function askAbout({ url, inferrer }: TestCluster, model: string): Promise<void> {
  for (const page of ['', '/metadata']) {
    expect((await fetch(`${url}/v1/models/${model}/versions/1${page}`)).status).toBe(200);
  }
  const client = new GrpcClient(services.inference, await grpcPort(inferrer));
  for (const method of ['ModelReady', 'ModelMetadata', 'ModelConfig']) {
    await client.ask(method, { name: model, version: '1' });
  }
  client.close();
}

describeEachBalancer('statistics', (balancer) => {
  let cluster: TestCluster;
  let examples = '';
  let name = '';

  beforeAll(async () => {
    examples = mkdtempSync(path.join(tmpdir(), 'shoal-iris-'));
    cpSync('examples/models/iris', path.join(examples, 'iris'), { recursive: true });
    cluster = await startCluster({ balancer, inferrers: 2, examples });
    const metadata = await fetch(`${cluster.url}/v2/models/iris`);
    ({ name } = ((await metadata.json()) as { inputs: [{ name: string }] }).inputs[0]);
  });

  afterAll(async () => {
    rmSync(examples, { recursive: true, force: true });
    await cluster.stop();
  });

  const infer = async (url: string, count: number): Promise<number> => {
    const data = Array.from({ length: count }, () => rows);
    const input = { name, shape: [count, 4], datatype: 'FP32', data };
    const body = JSON.stringify({ inputs: [input] });
    const answer = await fetch(`${url}/v2/models/iris/infer`, { method: 'POST', body });
    await answer.text();
    return answer.status;
  };
  const stats = async (url: string): Promise<ModelStats> => {
    const answer = await fetch(`${url}/v2/models/iris/stats`);
    const { model_stats: all } = (await answer.json()) as { model_stats: ModelStats[] };
    expect(all.map(({ version }) => version)).toEqual(['1']);
    return all[0]!;
  };
  /** Counting comes after the answer. */
  const successes = (url: string, count: number): Promise<ModelStats> =>
    eventually(`${count} successes`, async () => {
      const now = await stats(url);
      return now.inference_stats['success']!.count >= count ? now : undefined;
    });

  test('of answers that are kept: seven of ten are', async () => {
    const fields = { config: JSON.stringify({ response_cache: { enable: true } }) };
    expect((await upload(cluster.url, 'kept', plusModel(1), { fields })).status).toBe(201);
    await askAbout(cluster, 'kept');
    const url = `${cluster.url}/api/v1/models/kept`;
    const headers = { 'content-type': 'application/json' };
    const outcomes: (string | null)[] = [];
    for (const x of [1, 1, 2, 1, 3, 2, 1, 3, 3, 1]) {
      const body = JSON.stringify({ values: [x] });
      const answer = await fetch(`${url}/prediction`, { method: 'POST', headers, body });
      expect(await answer.json()).toMatchObject({ values: [[x + 1]] });
      outcomes.push(answer.headers.get('shoal-cache'));
    }
    expect(outcomes.filter((outcome) => outcome === 'hit')).toHaveLength(7);
    expect([outcomes[0], outcomes[1]]).toEqual([null, 'hit']);
    const count = (outcome: string): Promise<number> =>
      sumOf(cluster.url, new RegExp(`^shoal_cache_requests_total\\{.*"kept".*"${outcome}"`));
    expect([await count('hit'), await count('miss')]).toEqual([7, 3]);
    expect(await sumOf(cluster.url, /^shoal_cache_answers\{.*"kept"/)).toBe(3);
    const told = await eventually('ten are counted', async () => {
      const answer = await fetch(`${cluster.urls[1]!}/v2/models/kept/stats`);
      const { model_stats: all } = (await answer.json()) as { model_stats: ModelStats[] };
      return all[0]!.inference_stats['success']!.count === 10 ? all[0]! : undefined;
    });
    expect(told).toMatchObject({ inference_count: 3, execution_count: 3 });
    expect(told.inference_stats).toMatchObject({
      cache_hit: { count: 7 },
      cache_miss: { count: 3 },
      compute_infer: { count: 3 },
    });
  });

  test('are those of the whole cluster at each inferrer, and outlive hosts and inferrers', async () => {
    let calls = 0;
    let sent = 0;
    const ask = async (times: number, urls: readonly string[]): Promise<void> => {
      const asking = Array.from({ length: times }, (_, at) => {
        const count = 1 + (at % 3);
        calls += 1;
        sent += count;
        return infer(urls[at % urls.length]!, count);
      });
      expect(new Set(await Promise.all(asking))).toEqual(new Set([200]));
    };
    const expectCounts = async (): Promise<void> => {
      for (const url of cluster.urls) {
        const now = await successes(url, calls);
        expect(now.inference_count).toBe(sent);
        const { success, fail, queue, compute_infer: infer } = now.inference_stats;
        expect([success!.count, fail!.count, queue!.count]).toEqual([calls, 0, calls]);
        expect(success!.ns).toBeGreaterThan(queue!.ns + infer!.ns);
        expect(infer!.ns).toBeGreaterThan(0);
        const runs = now.batch_stats.map((batch) => batch.compute_infer.count);
        const rowsOfRuns = now.batch_stats.map(
          ({ batch_size: size, compute_infer: { count } }) => size * count,
        );
        expect(sum(runs)).toBe(now.execution_count);
        expect(sum(rowsOfRuns)).toBe(sent);
      }
    };
    await ask(120, cluster.urls);
    await expectCounts();

    await cluster.modelhosts.get('h1')!.end('SIGKILL');
    await cluster.ready('h2');
    await expectCounts();
    cluster.addHost({ HOST_ID: 'h1' });
    await cluster.ready('h1', 'h2');
    await expectCounts();
    await ask(30, cluster.urls);
    await expectCounts();

    // The first has been asked just now, and remembers what the second had counted.
    await cluster.inferrers[1]!.end('SIGKILL');
    expect(await stats(cluster.url)).toMatchObject({ inference_count: sent });
    await ask(10, [cluster.url]);
    expect(await successes(cluster.url, calls)).toMatchObject({ inference_count: sent });
    cluster.restartInferrer(1);
    await cluster.ready('h1', 'h2');
    await expectCounts();
    await ask(10, cluster.urls);
    await expectCounts();
  }, 240_000);

  test('log and trace settings, unlike them, are those of the process that is asked', async () => {
    const [one, other] = cluster.urls;
    const changes = { logging: { log_verbose_level: 1 }, 'trace/setting': { trace_rate: '7' } };
    for (const [page, change] of Object.entries(changes)) {
      const at = async (url: string | undefined, body?: object): Promise<unknown> => {
        const call = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
        return (await fetch(`${url}/v2/${page}`, call)).json();
      };
      const before = await at(other);
      expect(before).not.toMatchObject(change);
      expect(await at(one, change)).toMatchObject(change);
      expect(await at(other)).toEqual(before);
    }
  });

  test('of what is not there are refused, with the path of all models', async () => {
    const status = async (rest: string): Promise<number> =>
      (await fetch(`${cluster.url}/v2/models/${rest}`)).status;
    expect(await status('nope/stats')).toBe(404);
    expect(await status('iris/versions/9/stats')).toBe(404);
    expect(await status('iris/versions/1/stats')).toBe(200);
    const all = (await (await fetch(`${cluster.url}/v2/models/stats`)).json()) as {
      model_stats: { name: string }[];
    };
    expect(all.model_stats.map((one) => one.name)).toContain('iris');
    expect((await fetch(`${cluster.url}/v2/models/stats`, { method: 'POST' })).status).toBe(405);
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
