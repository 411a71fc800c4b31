import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCallers, stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeWhere, missingCommand } from '../support/describe-where';
import { writeHeldWeights } from '../support/held-weights';
import { askAddend, plusModel } from '../support/plus-model';
import { eventually, type StartedProcess } from '../support/processes';
import { uploadedTo } from '../support/uploaded-to';
import { manage, upload } from '../support/uploads';

const mib = 1024 ** 2;

/** Those of the cluster, and one that is added. */
const hosts = ['h1', 'h2', 'h3'];

describeWhere(missingCommand('nginx', 'curl'), 'a version gets its name', () => {
  let cluster: TestCluster;
  /** Both inferrers, and each host's own port. */
  let urls: string[];
  let small: StartedProcess | undefined;

  beforeAll(async () => {
    cluster = await startCluster({ balancer: 'both', examples: '' });
    urls = [...cluster.urls, ...(await cluster.hosts()).map(({ url }) => url)];
  });

  afterEach(async () => {
    await stopCallers();
    await endSmall();
  });

  afterAll(() => cluster.stop());

  test('when it was put there by hand: no request fails, and none goes back', async () => {
    const lay = (addend: number): void => {
      const beside = path.join(cluster.repository, 'laid.new');
      writeFileSync(beside, plusModel(addend));
      renameSync(beside, path.join(cluster.repository, 'laid.onnx'));
    };
    const allHave = async (addend: number): Promise<void> => {
      for (const url of urls) {
        const has = async (): Promise<true | undefined> =>
          (await askAddend(url, 'laid')).addend === addend || undefined;
        await eventually(`${addend} is added`, has);
      }
    };
    lay(1);
    await allHave(1);
    /** The least that may still be added, and the most that may be added by now. */
    const possible = { least: 1, most: 1 };
    const callers = startCallers(8, async (seed) => {
      const { least } = possible;
      const { addend } = await askAddend(urls[seed % urls.length]!, 'laid', { x: seed % 1000 });
      if (addend < least || addend > possible.most) throw new Error(`${addend}, not ${least}`);
    });
    for (const addend of [2, 3]) {
      possible.most = addend;
      lay(addend);
      await allHave(addend);
      possible.least = addend;
      await callers.more(20);
    }
    expect(callers.failures).toEqual([]);
  });

  test('when all hosts have had it loaded, and none where one has no room for it', async () => {
    // The host that an upload goes to would refuse by itself what it has no room for.
    const [named, another] = ['named', 'another'].map((name) => uploadedTo(name, hosts)) as [
      string,
      string,
    ];
    const folder = mkdtempSync(path.join(tmpdir(), 'shoal-names-'));
    const heavy = writeHeldWeights(folder, 40 * mib, { value: 2 });
    for (const file of [plusModel(1, 3), heavy]) {
      expect((await upload(cluster.url, named, file)).status).toBe(201);
    }
    const models = `/api/v1/models/${named}`;
    const first = await manage(cluster.url, 'POST', `${models}/default`, { default: 1 });
    expect(first.status).toBe(200);
    small = await startSmall();
    const other = writeHeldWeights(folder, 40 * mib, { value: 3 });
    const [url] = cluster.urls as [string];
    const refused = [
      await manage(url, 'POST', `${models}/default`, { default: 2 }),
      await manage(url, 'PUT', `${models}/labels/stable`, { version: 2 }),
      await upload(url, named, other),
      await upload(url, another, other),
    ];
    rmSync(folder, { recursive: true });
    for (const { status, body } of refused) {
      expect([status, body.code]).toEqual([422, 'model_rejected']);
      expect(body.error).toMatch(new RegExp(`^Modelhost ${small.name} cannot .* needs \\d+ MiB`));
      const lines = (body as { hosts?: { host: string; state: string }[] }).hosts ?? [];
      const failed = lines.filter(({ state }) => state === 'failed').map(({ host }) => host);
      expect([lines.length, failed]).toEqual([3, [small.name]]);
    }
    const { body } = await manage(url, 'GET', models);
    expect(body).toMatchObject({ default_version: 1, labels: {} });
    expect((await manage(url, 'GET', `/api/v1/models/${another}`)).status).toBe(404);
    const light = await upload(url, named, plusModel(4, 3));
    expect(light.body.hosts).toContainEqual(
      expect.objectContaining({ host: small.name, state: 'ready' }),
    );
  });

  test('when it was put there by hand and all have it: none where one has no room for it', async () => {
    small = await startSmall();
    expect((await upload(cluster.url, 'placed', plusModel(1, 3))).status).toBe(201);
    const folder = path.join(cluster.repository, '.placed-2');
    mkdirSync(folder);
    writeHeldWeights(folder, 40 * mib, { value: 2, name: 'model.onnx' });
    renameSync(folder, path.join(cluster.repository, 'placed', '2'));
    for (const host of cluster.modelhosts.values()) {
      if (host === small) continue;
      const reason = `modelhost ${small.name} cannot load it: `;
      const said = (): true | undefined => host.log().includes(reason) || undefined;
      await eventually(`${host.name} says why it does not take over`, said);
    }
    for (const url of cluster.urls) expect(await defaultOf(url, 'placed')).toBe(1);
    await endSmall();
    for (const url of cluster.urls) {
      const has = async (): Promise<true | undefined> =>
        (await defaultOf(url, 'placed')) === 2 || undefined;
      await eventually('it has taken over', has);
    }
  });

  async function defaultOf(url: string, model: string): Promise<unknown> {
    const { body } = await manage(url, 'GET', `/api/v1/models/${model}`);
    return (body as { default_version?: number }).default_version;
  }

  /** Has room for models that take next to nothing. */
  async function startSmall(): Promise<StartedProcess> {
    const added = cluster.addHost({ MEMORY_BUDGET_BYTES: String(112 * mib) });
    await cluster.ready(...cluster.modelhosts.keys());
    return added;
  }

  async function endSmall(): Promise<void> {
    if (small === undefined) return;
    await small.end('SIGTERM');
    cluster.modelhosts.delete(small.name);
    small = undefined;
  }
});
