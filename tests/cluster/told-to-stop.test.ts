import { ask } from '../support/ask';
import { startCluster, type Balancer, type TestCluster } from '../support/cluster';
import { describeEachCluster } from '../support/each-balancer';
import { startCheckedLoad } from '../support/faults/checked-load';
import { lostSoFar } from '../support/faults/counters';
import { journalOfEachTest } from '../support/faults/journal';
import { addSubCallers, scrapers } from '../support/faults/leaving-callers';
import { freePort } from '../support/free-port';
import { eventually, startProcess } from '../support/processes';
import { runnerPids } from '../support/runner-pids';
import { startSlowCalls } from '../support/slow-calls';

/** Far above what is under way takes, far below DRAIN_MS: nothing keeps a process that has no work. */
const leavesMs = 60_000;
const environment = { DRAIN_MS: '90000', NO_HOST_WAIT_MS: '60000' };
const models = ['add-sub', 'slow'];

const journal = journalOfEachTest();

async function endsInTime(end: () => Promise<number>): Promise<void> {
  const told = performance.now();
  expect(await end()).toBe(0);
  const tookMs = performance.now() - told;
  journal.note(`told to stop, it has left after ${tookMs.toFixed(0)} ms`);
  expect(tookMs).toBeLessThan(leavesMs);
}

/**
 * How many requests a modelhost had and has not answered. Behind nginx the inferrer's count does not
 * say so: workers that a reload replaces close their idle connections, at times just as the inferrer
 * sends on one.
 */
async function brokenOff(cluster: TestCluster, balancer: Balancer): Promise<number> {
  if (balancer === 'direct') return lostSoFar(cluster.url);
  return cluster.logs().match(/while (?:sending|reading).* upstream/g)?.length ?? 0;
}

describeEachCluster(
  'SIGTERM under load',
  (cluster, balancer) => {
    test('to a runner: it takes orders from its host alone, and works on', async () => {
      const load = startCheckedLoad(cluster().url);
      try {
        for (const host of ['h1', 'h2']) await load.moreBy(host, 20);
        const hosts = [...cluster().modelhosts.values()];
        const runners = hosts.flatMap(({ pid }) => runnerPids(pid));
        for (const runner of runners) process.kill(runner, 'SIGTERM');
        journal.note(`runners ${runners.join(', ')} are told to stop`);
        for (const host of ['h1', 'h2']) await load.moreBy(host, 200);
        expect(hosts.flatMap(({ pid }) => runnerPids(pid))).toEqual(runners);
      } finally {
        journal.note(await load.stop());
      }
      expect(load.failures).toEqual([]);
    });

    test('to a modelhost: what it has is answered, slow calls too, then it exits 0', async () => {
      const load = startCheckedLoad(cluster().url);
      try {
        await load.moreBy('h1', 20);
        const lost = await brokenOff(cluster(), balancer);
        const slow = await startSlowCalls(cluster().url, 6);
        await endsInTime(() => cluster().modelhosts.get('h1')!.end('SIGTERM'));
        expect(await slow.outcomes()).toEqual(Array(6).fill('right'));
        await load.moreBy('h2', 100);
        // It has answered by itself: nothing had to be asked again.
        expect(await brokenOff(cluster(), balancer)).toBe(lost);
      } finally {
        journal.note(await load.stop());
      }
      expect(load.failures).toEqual([]);
      cluster().addHost({ HOST_ID: 'h1' });
      await cluster().ready('h1', 'h2');
    });

    test('to the metrics service: who asks it is answered and told; nobody else notices', async () => {
      const url = `http://127.0.0.1:${await freePort()}`;
      const metrics = startProcess('metrics', 'metrics/service/main.js', {
        PORT: new URL(url).port,
        INFERRER_URL: cluster().url,
        ...environment,
      });
      const load = startCheckedLoad(cluster().url, { callers: 2 });
      try {
        await eventually('it has the metrics of the others', async () => {
          const { status, text } = await ask(`${url}/metrics/cluster`);
          return (status === 200 && text.includes('shoal_requests_total')) || undefined;
        });
        const askers = scrapers(url);
        await askers.more(20);
        await endsInTime(() => metrics.end('SIGTERM'));
        expect([await askers.allTold(), askers.failures]).toEqual([true, []]);
        await load.more(50);
      } finally {
        await metrics.end('SIGKILL');
        journal.note(await load.stop());
      }
      expect(load.failures).toEqual([]);
    });

    test('to the only inferrer: all it has accepted is answered, every client told with its last answer', async () => {
      const callers = addSubCallers(cluster().url);
      await callers.more(100);
      const slow = await startSlowCalls(cluster().url, 6);
      await endsInTime(() => cluster().inferrer.end('SIGTERM'));
      expect([await callers.allTold(), callers.failures]).toEqual([true, []]);
      expect(await slow.outcomes()).toEqual(Array(6).fill('right'));
      cluster().restartInferrer(0);
      await cluster().ready('h1', 'h2');
    });
  },
  { environment, models },
);

test('SIGTERM under load to a modelhost that serves clients itself: as to an inferrer', async () => {
  const cluster = await startCluster({ balancer: 'direct', hosts: 0, environment, models });
  try {
    const url = `http://127.0.0.1:${await freePort()}`;
    const host = cluster.addHost({ PORT: new URL(url).port });
    await cluster.ready(host.name);
    const callers = addSubCallers(url);
    await callers.more(100);
    await endsInTime(() => host.end('SIGTERM'));
    expect([await callers.allTold(), callers.failures]).toEqual([true, []]);
  } finally {
    await cluster.stop();
  }
});
