import { describeEachCluster } from '../support/each-balancer';
import { ask } from '../support/ask';
import { journalOfEachTest } from '../support/faults/journal';
import { startLoad, type Load } from '../support/load';
import { eventually } from '../support/processes';
import { runnerPids } from '../support/runner-pids';

/** Far above what a host takes to stop or to start, far below what is waited for it. */
const leavesMs = 60_000;
const environment = { DRAIN_MS: '90000', NO_HOST_WAIT_MS: '60000' };

const journal = journalOfEachTest();

describeEachCluster(
  'what dies under load',
  (cluster) => {
    let load: Load;

    beforeEach(() => {
      load = startLoad(cluster().url);
    });

    afterEach(async () => {
      journal.note(await load.stop());
    });

    test('a modelhost is killed: no request fails; started again, it serves again', async () => {
      await load.moreBy('h1', 50);
      await cluster().modelhosts.get('h1')!.end('SIGKILL');
      journal.note('h1 is killed');
      await load.moreBy('h2', 200);
      await cluster().ready('h2');
      const again = cluster().addHost({ HOST_ID: 'h1' });
      await cluster().ready('h1', 'h2');
      await load.moreBy('h1', 50);
      journal.note('h1 serves again');
      expect(load.failures).toEqual([]);
      await eventually(
        'it says so',
        () => again.log().includes('"msg":"modelhost is ready"') || undefined,
      );
    });

    test('a runner is killed: no request fails and both hosts serve on', async () => {
      await load.moreBy('h2', 50);
      const [runner] = runnerPids(cluster().modelhosts.get('h2')!.pid);
      process.kill(runner!, 'SIGKILL');
      await load.more(200);
      await load.moreBy('h2', 50);
      expect(load.failures).toEqual([]);
      journal.note(`runner ${runner} of h2 was killed, both hosts serve on`);
      expect(runnerPids(cluster().modelhosts.get('h2')!.pid)).not.toContain(runner);
    });

    test('a modelhost is told to stop: no request fails, it exits 0 and is gone', async () => {
      await load.moreBy('h1', 50);
      const told = performance.now();
      expect(await cluster().modelhosts.get('h1')!.end('SIGTERM')).toBe(0);
      // Far from DRAIN_MS: nothing of the cluster's own keeps it alive.
      expect(performance.now() - told).toBeLessThan(leavesMs);
      journal.note('h1 was told to stop and has left');
      await eventually('h1 is gone', async () => {
        const hosts = await cluster().hosts();
        return hosts.every(({ id }) => id !== 'h1') || undefined;
      });
      await load.more(100);
      expect(load.failures).toEqual([]);
    });

    test('the runner of the only host is killed: requests wait for the next', async () => {
      await load.more(50);
      const [runner] = runnerPids(cluster().modelhosts.get('h2')!.pid);
      process.kill(runner!, 'SIGKILL');
      journal.note(`runner ${runner} of h2, the only host, is killed`);
      await load.more(200);
      expect(load.failures).toEqual([]);
    });

    test('the only host is killed and started again: requests wait for it', async () => {
      await load.more(50);
      await cluster().modelhosts.get('h2')!.end('SIGKILL');
      await eventually('the host is gone', async () => {
        const answer = await ask(`${cluster().url}/cluster/hosts`);
        return answer.text.includes('"hosts":[]') || undefined;
      });
      journal.note('h2, the only host, was killed and is forgotten');
      const before = load.answered;
      cluster().addHost({ HOST_ID: 'h2' });
      await load.moreBy('h2', 100);
      expect(load.answered).toBeGreaterThan(before);
      expect(load.failures).toEqual([]);
    });
  },
  { environment, models: ['add-sub'] },
);
