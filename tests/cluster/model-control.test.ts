import { readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { startCallers, stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { createDice } from '../support/faults/dice';
import { OipRefusal } from '../support/oip-calls';
import { askAddend, plusModel } from '../support/plus-model';
import { startSlowCalls } from '../support/slow-calls';
import { manage, upload } from '../support/uploads';

interface IndexLine {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly reason?: string;
}

describeEachBalancer('loading and unloading by the protocol', (balancer) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster({
      balancer,
      examples: '',
      inferrers: 2,
      environment: { MODEL_CONTROL: 'override' },
    });
    await upload(cluster.url, 'other', plusModel(7));
  });

  afterAll(() => cluster.stop());

  afterEach(stopCallers);

  /** Status and text of a call of the extension. */
  async function call(
    model: string,
    action: 'load' | 'unload',
    { by = 0, parameters }: { by?: number; parameters?: object } = {},
  ): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${cluster.urls[by]}/v2/repository/models/${model}/${action}`, {
      method: 'POST',
      body: parameters === undefined ? '' : JSON.stringify({ parameters }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    return { status: answer.status, text: await answer.text() };
  }

  const done = { status: 200, text: '' };

  async function index(model: string): Promise<IndexLine[]> {
    const answer = await fetch(`${cluster.url}/v2/repository/index`, { method: 'POST', body: '' });
    const lines = (await answer.json()) as IndexLine[];
    return lines.filter(({ name }) => name === model);
  }

  async function everywhere(): Promise<string[]> {
    return [...cluster.urls, ...(await cluster.hosts()).map(({ url }) => url)];
  }

  test('under load: others notice nothing, and nothing is served after the answer', async () => {
    await upload(cluster.url, 'mine', plusModel(1));
    const urls = await everywhere();
    const others = startCallers(4, async (seed) => {
      expect((await askAddend(urls[seed % urls.length]!, 'other')).addend).toBe(7);
    });
    let possible = [200];
    const mine = startCallers(4, async (seed) => {
      const before = possible;
      const status = await statusOf(urls[seed % urls.length]!, 'mine');
      if (before.includes(status) || possible.includes(status)) return;
      throw new Error(`${status} instead of ${before.join()} or ${possible.join()}`);
    });
    for (let round = 0; round < 3; round++) {
      await mine.more(20);
      possible = [200, 404, 503];
      expect(await call('mine', 'unload', { by: round % 2 })).toEqual(done);
      possible = [404];
      for (const url of urls) expect(await statusOf(url, 'mine')).toBe(404);
      expect(await index('mine')).toEqual([
        { name: 'mine', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' },
      ]);
      await mine.more(20);
      possible = [200, 404, 503];
      expect(await call('mine', 'load', { by: (round + 1) % 2 })).toEqual(done);
      possible = [200];
      expect(await index('mine')).toEqual([{ name: 'mine', version: '1', state: 'READY' }]);
    }
    await others.more(20);
    await Promise.all([mine.stop(), others.stop()]);
    expect([...mine.failures, ...others.failures]).toEqual([]);
  });

  test('what was taken before is answered', async () => {
    const slow = path.resolve('examples/models/slow');
    const config = readFileSync(`${slow}/config.json`, 'utf8');
    await upload(cluster.url, 'slow', `${slow}/1/model.onnx`, { fields: { config } });
    const calls = await startSlowCalls(cluster.url, 8);
    expect(await call('slow', 'unload')).toEqual(done);
    expect(await calls.outcomes()).toEqual(Array.from({ length: 8 }, () => 'right'));
    expect(await statusOf(cluster.url, 'slow')).toBe(404);
  });

  test('a host that comes later, or comes back from kill -9, does not serve it', async () => {
    await upload(cluster.url, 'left', plusModel(2));
    expect(await call('left', 'unload')).toEqual(done);
    await cluster.modelhosts.get('h1')!.end('SIGKILL');
    const added = cluster.addHost();
    const again = cluster.addHost({ HOST_ID: 'h1' });
    await cluster.ready('h2', added.name, again.name);
    for (const url of await everywhere()) expect(await statusOf(url, 'left')).toBe(404);
    expect(await index('left')).toMatchObject([{ state: 'UNAVAILABLE', reason: 'unloaded' }]);
    expect(await call('left', 'load')).toEqual(done);
    for (const url of await everywhere()) expect(await statusOf(url, 'left')).toBe(200);
  });

  test('a call may bring a configuration: a version of its own, of the same bytes', async () => {
    await upload(cluster.url, 'tuned', plusModel(3));
    const config = JSON.stringify({ max_batch_size: 8, parameters: { a: { string_value: 'b' } } });
    expect(await call('tuned', 'load', { parameters: { config } })).toEqual(done);
    const { body } = await manage(cluster.urls[1]!, 'GET', '/v2/models/tuned/config');
    expect(body).toMatchObject({ name: 'tuned', max_batch_size: 8, input: [{ dims: [1] }] });
    const { addend, answer } = await askAddend(cluster.url, 'tuned');
    expect([addend, answer.version]).toEqual([3, '2']);
    expect(await call('tuned', 'load', { parameters: { config } })).toEqual(done);
    expect(await index('tuned')).toHaveLength(2);
    const wrong = await call('tuned', 'load', { parameters: { config: '{"max_batch_size":"x"}' } });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain("failed to load 'tuned': Invalid config override: ");
    expect((await askAddend(cluster.url, 'tuned')).answer.version).toBe('2');
  });

  test('a call may bring files, for a model that is there and for one that is not', async () => {
    const file = (addend: number): string => Buffer.from(plusModel(addend)).toString('base64');
    const parameters = { config: '{}', 'file:5/model.onnx': file(4) };
    expect(await call('brought', 'load', { parameters })).toEqual(done);
    const { addend, answer } = await askAddend(cluster.urls[1]!, 'brought');
    expect([addend, answer.version]).toEqual([4, '5']);
    const second = { config: '{}', 'file:1/model.onnx': file(5) };
    expect(await call('brought', 'load', { parameters: second })).toEqual(done);
    expect((await askAddend(cluster.url, 'brought')).answer.version).toBe('6');
    const broken = { config: '{}', 'file:7/model.onnx': Buffer.from('no').toString('base64') };
    expect((await call('brought', 'load', { parameters: broken })).status).toBe(422);
    expect((await askAddend(cluster.url, 'brought')).addend).toBe(5);
  });

  test('a model directory that was copied in is served when the load is answered', async () => {
    const target = path.join(cluster.repository, 'copied', '1');
    await cp(path.join(cluster.repository, 'other', '1', 'model.onnx'), `${target}/model.onnx`);
    expect(await call('copied', 'load')).toEqual(done);
    for (const url of await everywhere()) {
      expect((await askAddend(url, 'copied')).addend).toBe(7);
    }
  });

  test('what is not there, and names that cannot be', async () => {
    expect(await call('absent', 'unload')).toEqual(done);
    expect((await call('absent', 'load')).status).toBe(404);
    for (const name of ['', '..', 'a%2Fb', 'a/b', '%2e%2e']) {
      for (const action of ['load', 'unload'] as const) {
        const status = await posted(cluster.url, `/v2/repository/models/${name}/${action}`);
        expect([name, status]).toEqual([name, 400]);
      }
    }
    const named = await manage(cluster.url, 'POST', '/v2/repository/mine/models/other/load');
    expect([named.status, named.body.error]).toEqual([
      501,
      "'repository_name' specification is not supported",
    ]);
  });

  test('a storm of both ends in the last state, and everybody is answered as documented', async () => {
    await upload(cluster.url, 'tossed', plusModel(1));
    const random = createDice(balancer === 'direct' ? 3 : 5);
    const infers = startCallers(3, async (seed) => {
      const status = await statusOf(cluster.urls[seed % 2]!, 'tossed');
      if (![200, 404, 503].includes(status)) throw new Error(`an inference got ${status}`);
    });
    const calls: Promise<{ status: number; text: string }>[] = [];
    for (let count = 0; count < 24; count++) {
      const action = random() < 0.5 ? 'load' : 'unload';
      calls.push(call('tossed', action, { by: count % 2 }));
      if (random() < 0.4) await infers.more(2);
    }
    for (const { status, text } of await Promise.all(calls)) {
      if (![200, 409, 422].includes(status)) throw new Error(`${status} ${text}`);
    }
    expect(await call('tossed', 'unload')).toEqual(done);
    for (const url of await everywhere()) expect(await statusOf(url, 'tossed')).toBe(404);
    expect(await call('tossed', 'load')).toEqual(done);
    for (const url of await everywhere()) expect(await statusOf(url, 'tossed')).toBe(200);
    await infers.stop();
    expect(infers.failures).toEqual([]);
  });
});

async function statusOf(url: string, model: string): Promise<number> {
  try {
    await askAddend(url, model);
    return 200;
  } catch (error) {
    if (error instanceof OipRefusal) return error.status;
    throw error;
  }
}

/** The path as it stands here, which `fetch` would tidy up. */
function posted(url: string, path: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method: 'POST' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });
}
