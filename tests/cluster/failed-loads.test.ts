import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeWhere, missingCommand } from '../support/describe-where';
import { writeHeldWeights } from '../support/held-weights';
import { eventually, type StartedProcess } from '../support/processes';
import { manage, upload, type Managed } from '../support/uploads';

const mib = 1024 ** 2;
const weightBytes = 144 * mib;

/** Of a host that runs, and can load models, but not this one: an empty runner takes some 80 MB. */
const little = String(128 * mib);
const tooSmall = { RUNNER_MEMORY_BYTES: little, RUNNER_BUDGET_BYTES: little };

describeWhere(missingCommand('nginx', 'curl'), 'a load that one host of three cannot make', () => {
  let cluster: TestCluster;
  let folder: string;
  let small: StartedProcess;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-loads-'));
    const environment = { MODEL_CONTROL: 'load' };
    cluster = await startCluster({ balancer: 'both', examples: '', environment });
    const heavy = writeHeldWeights(folder, weightBytes, { value: 2 });
    expect((await upload(cluster.url, 'heavy', heavy)).status).toBe(201);
    small = cluster.addHost(tooSmall);
    await cluster.ready(...cluster.modelhosts.keys());
  });

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const call = (action: 'load' | 'unload', by = 0): Promise<Managed> =>
    manage(cluster.urls[by]!, 'POST', `/v2/repository/models/heavy/${action}`);

  /** What the inferrers, and each host itself, say of the model: 200 where it is served. */
  async function statuses(): Promise<readonly (readonly [string, number])[]> {
    const hosts = (await cluster.hosts()).map(({ id, url }) => [id, url] as const);
    const all = [...cluster.urls.map((url) => ['inferrer', url] as const), ...hosts];
    return Promise.all(
      all.map(async ([id, url]) => [id, (await fetch(`${url}/v2/models/heavy`)).status] as const),
    );
  }

  function nobodyServesIt(): Promise<true> {
    return eventually('it is unloaded everywhere', async () =>
      (await statuses()).every(([, status]) => status === 404) ? true : undefined,
    );
  }

  const why = (): string => `Modelhost ${small.name} cannot serve version 1 of model 'heavy': `;

  test('of a model that was served: the others go on', async () => {
    const { status, body } = await call('load');
    expect([status, body.code]).toEqual([422, 'model_rejected']);
    expect(body.error).toContain(why());
    expect(body.error).not.toContain('unloaded');
    const serving = (await statuses()).filter(([, code]) => code === 200).map(([id]) => id);
    expect(serving.sort()).toEqual(['h1', 'h2', 'inferrer', 'inferrer']);
  });

  test('of a model that was unloaded: it is unloaded again, and that is said', async () => {
    for (const by of [0, 1]) {
      expect((await call('unload')).status).toBe(200);
      const { status, body } = await call('load', by);
      expect([status, body.code]).toEqual([422, 'model_rejected']);
      expect(body.error).toContain(why());
      expect(body.error).toMatch(/ The model is unloaded again\.$/);
      const lines = (body as { hosts?: { host: string; state: string }[] }).hosts ?? [];
      const failed = lines.filter(({ state }) => state === 'failed').map(({ host }) => host);
      expect([lines.length, failed]).toEqual([3, [small.name]]);
      await nobodyServesIt();
    }
  });

  test('two loads at once: likewise', async () => {
    const answers = await Promise.all([call('load', 0), call('load', 1)]);
    for (const { status } of answers) expect([409, 422]).toContain(status);
    await nobodyServesIt();
  });

  test('once the host has gone: it is loaded, and stays', async () => {
    await small.end('SIGTERM');
    await cluster.ready('h1', 'h2');
    const answers = await Promise.all([call('load', 0), call('load', 1)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await statuses()).map(([, status]) => status)).toEqual([200, 200, 200, 200]);
  });

  test('where that host alone is there: it says so, and it is unloaded again', async () => {
    expect((await call('unload')).status).toBe(200);
    const alone = cluster.addHost(tooSmall);
    await cluster.ready('h1', 'h2', alone.name);
    for (const id of ['h1', 'h2']) await cluster.modelhosts.get(id)!.end('SIGTERM');
    await cluster.ready(alone.name);
    const { body } = await call('load');
    expect(body.error).toContain(`Modelhost ${alone.name} cannot serve it: Version 1 of 'heavy' `);
    expect(body.error).toMatch(/ The model is unloaded again\.$/);
    await nobodyServesIt();
  });
});
