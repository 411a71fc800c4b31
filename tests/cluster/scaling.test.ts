import { ask } from '../support/ask';
import { stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { journalOfEachTest } from '../support/faults/journal';
import { freePort } from '../support/free-port';
import { startLoad, type Load } from '../support/load';
import { eventually, startProcess, type StartedProcess } from '../support/processes';

/** What three hosts that start together may take while the others are under load. */
const startMs = 150_000;

const journal = journalOfEachTest();

describeEachBalancer('a cluster that grows and shrinks under load', (balancer) => {
  let cluster: TestCluster;
  let metrics: StartedProcess;
  let targetsUrl: string;
  let load: Load;

  beforeAll(async () => {
    // The slow one makes a start last long enough to be seen.
    cluster = await startCluster({ balancer, models: ['add-sub', 'slow'] });
    const port = await freePort();
    targetsUrl = `http://127.0.0.1:${port}/targets`;
    metrics = startProcess('metrics', 'metrics/service/main.js', {
      PORT: String(port),
      INFERRER_URL: cluster.url,
    });
    await targetsBecome('h1', 'h2');
    load = startLoad(cluster.url);
  });

  afterEach(() => {
    journal.note(
      `${load.answered} right answers, ${load.failures.length} failures since the start`,
    );
  });

  afterAll(stopCallers);
  afterAll(() => metrics.end('SIGKILL'));
  afterAll(() => cluster.stop());

  /** Waits until Prometheus would scrape exactly these modelhosts. */
  async function targetsBecome(...ids: string[]): Promise<void> {
    await eventually(`targets are ${ids.join(', ')}`, async () => {
      const groups = JSON.parse((await ask(targetsUrl)).text) as { labels: { id?: string } }[];
      const found = groups.flatMap(({ labels }) => labels.id ?? []).filter((id) => /^h\d/.test(id));
      return found.sort().join() === ids.join() || undefined;
    });
  }

  test('2 to 5: the new ones answer, no request fails', async () => {
    await load.more(50);
    const added = [1, 2, 3].map(() => cluster.addHost().name);
    const all = ['h1', 'h2', ...added];
    journal.note(`${added.join(', ')} are started`);
    await cluster.readyBy(performance.now() + startMs, all);
    await targetsBecome(...all);
    for (const host of added) await load.moreBy(host, 20);
    expect(load.failures).toEqual([]);
  });

  /** One more host, as soon as it answers anything. */
  async function addLiving(): Promise<[StartedProcess, string]> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const started = cluster.addHost({ PORT: String(port) });
    const { status } = await eventually('it lives', () => ask(`${url}/health/live`));
    expect(status).toBe(200);
    return [started, url];
  }

  test('a host that is still loading is alive, not ready, and gets nothing', async () => {
    let [started, url] = await addLiving();
    // What it has got before it said that it is not ready.
    let [gotWork, ready] = [load.byHost.has(started.name), await ask(`${url}/health/ready`)];
    for (let more = 4; ready.status === 200 && more > 0; more -= 1) {
      // It was faster than this test; the next may not be.
      expect(await started.end('SIGTERM')).toBe(0);
      [started, url] = await addLiving();
      [gotWork, ready] = [load.byHost.has(started.name), await ask(`${url}/health/ready`)];
    }
    expect([ready.status, gotWork]).toEqual([503, false]);
    await eventually('it is ready', async () =>
      (await ask(`${url}/health/ready`)).status === 200 ? true : undefined,
    );
    await load.moreBy(started.name, 20);
    journal.note(`${started.name} got nothing before it was ready`);
    expect(await started.end('SIGTERM')).toBe(0);
    expect(load.failures).toEqual([]);
  });

  test('5 to 2: those told to stop exit 0 and leave the targets, no request fails', async () => {
    await load.more(50);
    const leaving = ['h1', 'h3', 'h5'].map((id) => cluster.modelhosts.get(id)!.end('SIGTERM'));
    expect(await Promise.all(leaving)).toEqual([0, 0, 0]);
    journal.note('h1, h3 and h5 were told to stop and have left');
    await cluster.ready('h2', 'h4');
    await targetsBecome('h2', 'h4');
    await load.more(100);
    expect(load.failures).toEqual([]);
  });

  test('a modelhost started by hand needs the address of the inferrer and the repository', async () => {
    const host = startProcess('by-hand', 'modelhost/main.js', {
      INFERRER_URL: cluster.url,
      MODEL_REPOSITORY: cluster.repository,
    });
    try {
      const { id } = await eventually('a host with a name of its own', async () =>
        (await cluster.hosts()).find((one) => one.ready && !/^h\d$/.test(one.id)),
      );
      await load.moreBy(id, 20);
      journal.note(`${id}, started by hand, answers`);
      expect(await host.end('SIGTERM')).toBe(0);
    } finally {
      await host.end('SIGKILL');
    }
    expect(load.failures).toEqual([]);
  });
});
