import { ask } from '../support/ask';
import { addSubCall } from '../support/add-sub-call';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { startCheckedLoad, type CheckedLoad } from '../support/faults/checked-load';
import { createFreezer } from '../support/faults/freezer';
import { journalOfEachTest } from '../support/faults/journal';
import {
  watchSecondTries,
  withinBudget,
  type CountSecondTries,
} from '../support/faults/second-tries';
import { eventually } from '../support/processes';
import { runnerPids } from '../support/runner-pids';

/** Far above what a host takes to start. */
const environment = { NO_HOST_WAIT_MS: '60000' };

/** How long a host is frozen for a while: less than it takes to be forgotten. */
const frozenMs = 3_000;

const journal = journalOfEachTest();

/** npx jest dist/tests/cluster/only-host */
describeEachBalancer('the only host, under load', (balancer) => {
  let cluster: TestCluster;
  let load: CheckedLoad;
  let secondTries: CountSecondTries;
  const freezer = createFreezer();

  beforeAll(async () => {
    cluster = await startCluster({ balancer, hosts: 1, models: ['add-sub'], environment });
  });

  afterAll(() => cluster.stop());

  beforeEach(async () => {
    secondTries = await watchSecondTries(cluster.url);
    load = startCheckedLoad(cluster.url);
    await load.more(50);
    load.slowestMs();
  });

  afterEach(async () => {
    freezer.thaw();
    journal.note(await load.stop());
    const { made, allowed } = await withinBudget(secondTries, () => load.asked);
    journal.note(`${made} second tries of ${Math.floor(allowed)} that the budget allows`);
  });

  async function goesOn(): Promise<void> {
    await load.more(200);
    journal.note(`pause ${load.slowestMs()} ms`);
    expect(load.failures).toEqual([]);
  }

  test('its runner is killed three times: requests wait for the next', async () => {
    for (let kill = 0; kill < 3; kill += 1) {
      for (const runner of runnerPids(cluster.modelhosts.get('h1')!.pid)) {
        process.kill(runner, 'SIGKILL');
      }
      await goesOn();
    }
  });

  test('its runner freezes: requests wait for the next', async () => {
    for (const runner of runnerPids(cluster.modelhosts.get('h1')!.pid)) {
      process.kill(runner, 'SIGSTOP');
    }
    await goesOn();
  });

  /** What a caller who does not want to wait for long is told. */
  async function toldInShort(): Promise<string> {
    const headers = { 'shoal-timeout-ms': '2000' };
    const { body } = addSubCall(1);
    const { status, text } = await ask(`${cluster.url}/v2/models/add-sub/infer`, { body, headers });
    return `${status} ${(JSON.parse(text) as { code: string }).code}`;
  }

  test.each([
    ['for a while', () => load.slowestMs() > frozenMs],
    ['until it is forgotten', async () => (await cluster.hosts()).length === 0],
  ])(
    'it freezes with its runner %s: requests wait for it, as long as they can',
    async (_, enough) => {
      const { pid } = cluster.modelhosts.get('h1')!;
      freezer.freeze(pid, ...runnerPids(pid));
      expect(await toldInShort()).toBe('504 deadline_exceeded');
      await eventually('it was frozen for long enough', async () => (await enough()) || undefined);
      freezer.thaw();
      const { asked } = load;
      await goesOn();
      await eventually('nothing is stuck', () => load.oldest() > asked || undefined);
      await cluster.ready('h1');
      expect(load.failures).toEqual([]);
    },
  );

  test('it is killed and started again: requests wait for it', async () => {
    await cluster.modelhosts.get('h1')!.end('SIGKILL');
    cluster.addHost({ HOST_ID: 'h1' });
    await goesOn();
  });
});
