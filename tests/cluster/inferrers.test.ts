import { startCluster, type Balancer, type TestCluster } from '../support/cluster';
import { describeWhere, missingCommand } from '../support/describe-where';
import { startCheckedLoad, type CheckedLoad } from '../support/faults/checked-load';
import { createDice, pick, seedOfRun, wholeOfRun } from '../support/faults/dice';
import { edgeUsesAll, startEdge } from '../support/faults/edge';
import { journalOfEachTest } from '../support/faults/journal';
import type { RunningNginx } from '../support/nginx';
import { eventually } from '../support/processes';
import { startSlowCalls } from '../support/slow-calls';

/** INFERRER_KILLS=50 SEED=7 npx jest dist/tests/cluster/inferrers */
const kills = wholeOfRun('INFERRER_KILLS', 6);
const seed = seedOfRun();
const journal = journalOfEachTest(seed);
/** Of this test's edge: far above what an answer takes, far below what a test may take. */
const answerTimeoutSeconds = 20;

describeWhere(missingCommand('nginx', 'curl'), 'two inferrers behind the edge, under load', () => {
  describe.each<Balancer>(['direct', 'nginx'])('%s', inferrerTests);
});

function inferrerTests(balancer: Balancer): void {
  let cluster: TestCluster;
  let edge: RunningNginx;
  let load: CheckedLoad;

  beforeAll(async () => {
    cluster = await startCluster({ balancer, inferrers: 2 });
    edge = await startEdge(cluster, { ANSWER_TIMEOUT_SECONDS: String(answerTimeoutSeconds) });
  });

  afterAll(() => edge.stop());
  afterAll(() => cluster.stop());

  beforeEach(async () => {
    load = startCheckedLoad(edge.url);
    await edgeUsesAll(cluster);
    load.slowestMs();
  });

  afterEach(async () => {
    journal.note(await load.stop());
  });

  async function startAgain(index: number): Promise<void> {
    cluster.restartInferrer(index);
    await cluster.ready('h1', 'h2');
    await edgeUsesAll(cluster);
  }

  test('each knows all hosts', async () => {
    for (const url of cluster.urls) {
      expect((await cluster.hosts(url)).map(({ id }) => id).sort()).toEqual(['h1', 'h2']);
    }
  });

  test('the edge is told to stop: what is under way is answered, slow calls too', async () => {
    const leaving = await startEdge(cluster);
    const slow = await startSlowCalls(leaving.url, 6, cluster.urls).finally(() => leaving.stop());
    const outcomes = await slow.outcomes();
    journal.note(`the edge has left; slow calls through it: ${outcomes.join(', ')}`);
    expect(outcomes).toEqual(Array(6).fill('right'));
  });

  test('one is told to stop: it exits 0, no request fails', async () => {
    for (const index of [0, 1]) {
      expect(await cluster.inferrers[index]!.end('SIGTERM')).toBe(0);
      await load.more(100);
      await startAgain(index);
    }
    expect(load.failures).toEqual([]);
  });

  test(
    `one is killed, ${kills} times: the other is asked what it had, no request fails`,
    async () => {
      const dice = createDice(seed);
      for (let kill = 1; kill <= kills; kill += 1) {
        const index = pick(dice, [0, 1]);
        await load.more(Math.ceil(dice() * 50));
        await cluster.inferrers[index]!.end('SIGKILL');
        await load.more(100);
        journal.note(`${kill}. inferrer ${index}: slowest answer ${load.slowestMs()} ms`);
        await startAgain(index);
      }
      expect(load.failures).toEqual([]);
    },
    60_000 + kills * 30_000,
  );

  test('one freezes: what it has is 504 when the edge gives it up, the rest is answered by the other', async () => {
    const [frozen] = cluster.inferrers;
    const began = performance.now();
    process.kill(frozen!.pid, 'SIGSTOP');
    try {
      await load.more(200);
      const { asked } = load;
      await eventually('nothing is stuck', () => load.oldest() > asked || undefined, 60_000);
      journal.note(
        `${load.failures.length} failures in ${Math.round(performance.now() - began)} ms`,
      );
    } finally {
      process.kill(frozen!.pid, 'SIGCONT');
    }
    // least_conn: what is stuck keeps others away.
    expect(load.failures.length).toBeGreaterThan(0);
    for (const failure of load.failures)
      expect(failure).toContain('504 {"error":"No answer in time."');
    await edgeUsesAll(cluster);
    const failures = load.failures.length;
    await load.more(200);
    expect(load.failures.length).toBe(failures);
  });
}
