import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { startCheckedLoad, type CheckedLoad } from '../support/faults/checked-load';
import { createJournal, type Journal } from '../support/faults/journal';
import { runnerPids } from '../support/runner-pids';

/** Far above what a host takes to start. */
const environment = { NO_HOST_WAIT_MS: '60000' };

/** npx jest dist/tests/cluster/only-host */
describeEachBalancer('the only host, under load', (balancer) => {
  let cluster: TestCluster;
  let load: CheckedLoad;
  let journal: Journal;

  beforeAll(async () => {
    cluster = await startCluster({ balancer, hosts: 1, environment });
  });

  afterAll(() => cluster.stop());

  beforeEach(async () => {
    journal = createJournal(expect.getState().currentTestName ?? '');
    load = startCheckedLoad(cluster.url);
    await load.more(50);
    load.slowestMs();
  });

  afterEach(async () => {
    journal.note(await load.stop());
    journal.print();
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

  test('it is killed and started again: requests wait for it', async () => {
    await cluster.modelhosts.get('h1')!.end('SIGKILL');
    cluster.addHost({ HOST_ID: 'h1' });
    await goesOn();
  });
});
