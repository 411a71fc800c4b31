import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ask } from '../support/ask';
import { startCallers, stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { writeHeldWeights } from '../support/held-weights';
import { plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';
import { sumOf } from '../support/samples';
import { manage, upload } from '../support/uploads';

const mib = 1024 ** 2;
const weightBytes = 48 * mib;
/** An empty runner, three models and what the load of the third takes on its way; not a fourth one. */
const budgetBytes = (80 + 5 * 48 - 5) * mib;
const noRoom = /needs \d+ MiB to be loaded.*MEMORY_BUDGET_BYTES/;
const inTurn = Array.from({ length: 10 }, (_, number) => `m${number}`);

describe('a modelhost with memory for three models', () => {
  let cluster: TestCluster;
  let folder: string;
  /** Of the modelhost itself. */
  let url: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-demand-'));
    cluster = await startCluster({
      balancer: 'direct',
      hosts: 1,
      examples: '',
      environment: { MEMORY_BUDGET_BYTES: String(budgetBytes) },
    });
    url = (await cluster.hosts())[0]!.url;
  });

  afterEach(stopCallers);

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const loaded = (): Promise<number> => sumOf(url, /^shoal_models_loaded$/);
  const evicted = (reason: string): Promise<number> =>
    sumOf(url, new RegExp(`^shoal_model_evictions_total\\{.*reason="${reason}"`));

  /** What the model answers to zeros. */
  async function added(model: string): Promise<number> {
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [0, 0, 0] }];
    const { status, text } = await ask(`${cluster.url}/v2/models/${model}/infer`, {
      body: { inputs },
    });
    if (status !== 200) throw new Error(`${model}: ${status} ${text}`);
    const { outputs } = JSON.parse(text) as { outputs: { data: number[] }[] };
    return outputs[0]!.data[0]!;
  }

  test('answers for ten, called in turn, and never has more than three of them', async () => {
    for (const [value, name] of inTurn.entries()) {
      const file = writeHeldWeights(folder, weightBytes, { value });
      expect(await upload(cluster.url, name, file)).toMatchObject({ status: 201 });
    }
    const before = await evicted('room');
    for (const [value, name] of inTurn.entries()) {
      expect([name, await added(name)]).toEqual([name, value]);
      expect(await loaded()).toBeLessThanOrEqual(3);
    }
    expect(await loaded()).toBe(3);
    // Seven at least have to leave where ten come and three are there at the end.
    expect((await evicted('room')) - before).toBeGreaterThanOrEqual(inTurn.length - 3);
  });

  test('a file that is replaced by one without room: the version before goes on', async () => {
    const lay = (value: number, bytes: number): void => {
      const file = writeHeldWeights(folder, bytes, { value });
      renameSync(file, path.join(cluster.repository, 'laid.onnx'));
    };
    lay(7, mib);
    await eventually('it is served', async () => (await added('laid')) === 7 || undefined);
    const possible = [7];
    const callers = startCallers(4, async () => {
      const value = await added('laid');
      if (!possible.includes(value)) throw new Error(`${value} instead of ${possible.join()}`);
    });
    lay(8, 240 * mib);
    const refused = {
      version: 2,
      state: 'failed',
      reason: expect.stringMatching(noRoom) as string,
    };
    await eventually('it is said that there is no room', async () => {
      const { body } = await manage(cluster.url, 'GET', '/api/v1/models/laid/information');
      const [, second] = body['versions'] as { state: string }[];
      if (second?.state !== 'failed') return undefined;
      expect([body['default_version'], second]).toMatchObject([1, refused]);
      return true;
    });
    await callers.more(200);
    possible.push(9);
    lay(9, mib);
    await eventually(
      'the next is the default',
      async () => (await added('laid')) === 9 || undefined,
    );
    await callers.more(50);
    expect(callers.failures).toEqual([]);
  });

  test('an idle model leaves altogether, and the first call after that is answered', async () => {
    const config = JSON.stringify({ shoal: { min_copies: 0, idle_ms: 1000 } });
    const uploaded = await upload(cluster.url, 'seldom', plusModel(7, 3), { fields: { config } });
    expect(uploaded).toMatchObject({ status: 201 });
    const information = '/api/v1/models/seldom/information';
    for (const leaves of [1, 2]) {
      await eventually('it has left', async () => (await evicted('idle')) >= leaves || undefined);
      await eventually('it is said to be away', async () => {
        const { body } = await manage(cluster.url, 'GET', information);
        return body['state'] === 'unloaded' || undefined;
      });
      expect(await added('seldom')).toBe(7);
    }
  });
});
