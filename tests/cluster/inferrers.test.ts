import { startCluster, type Balancer, type TestCluster } from '../support/cluster';
import { describeWhere, missingCommand } from '../support/describe-where';
import { startCheckedLoad, type CheckedLoad } from '../support/faults/checked-load';
import { createDice, pick, seedOfRun, wholeOfRun } from '../support/faults/dice';
import { edgeUsesAll, startEdge } from '../support/faults/edge';
import { journalOfEachTest } from '../support/faults/journal';
import type { RunningNginx } from '../support/nginx';
import { plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';
import { runnerPids } from '../support/runner-pids';
import { startSlowCalls } from '../support/slow-calls';
import { eventsIn, eventsNow, Follower, type ToldEvent } from '../support/told-events';
import { manage, upload } from '../support/uploads';

/** INFERRER_KILLS=50 SEED=7 npx jest dist/tests/cluster/inferrers */
const kills = wholeOfRun('INFERRER_KILLS', 2);
const seed = seedOfRun();
const journal = journalOfEachTest(seed);
/** Of this test's edge: far above what an answer takes, far below what a test may take. */
const answerTimeoutSeconds = 10;

describeWhere(missingCommand('nginx', 'curl'), 'two inferrers behind the edge, under load', () => {
  describe.each<Balancer>(['direct', 'nginx'])('%s', inferrerTests);
});

function inferrerTests(balancer: Balancer): void {
  let cluster: TestCluster;
  let edge: RunningNginx;
  let load: CheckedLoad;

  beforeAll(async () => {
    cluster = await startCluster({ balancer, inferrers: 2, models: ['add-sub', 'slow'] });
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

  test('an upload through the edge is followed at either of them, and through the edge', async () => {
    const put = async (id: string, body: string | Uint8Array<ArrayBuffer>): Promise<number> => {
      const init = { method: 'PUT', body, headers: { 'x-request-id': id } };
      return (await fetch(`${edge.url}/api/v1/models/seen`, init)).status;
    };
    const events = async (url: string, id: string, after = ''): Promise<ToldEvent[]> => {
      const headers = { 'last-event-id': after };
      const answer = await fetch(`${url}/api/v1/uploads/${id}/events`, { headers });
      const told: ToldEvent[] = [];
      for await (const event of eventsIn(answer.body!)) told.push(event);
      return told;
    };
    const names = (told: readonly ToldEvent[]): string => told.map(({ name }) => name).join(' ');
    expect([await put('good', plusModel(1)), await put('bad', 'no model')]).toEqual([201, 422]);
    for (const url of [...cluster.urls, edge.url]) {
      const all = 'begun received checked tried stored loaded loaded live done';
      const good = await events(url, 'good');
      expect([url, names(good)]).toEqual([url, all]);
      expect(names(await events(url, 'good', good[4]!.id))).toBe('loaded loaded live done');
      expect(names(await events(url, 'bad'))).toBe('begun received failed');
      expect(names(await events(url, 'none'))).toBe('');
    }
    await fetch(`${edge.url}/api/v1/models/seen`, { method: 'DELETE' });
  });

  test('the edge is told to stop: what is under way is answered, slow calls too', async () => {
    const leaving = await startEdge(cluster);
    const slow = await startSlowCalls(leaving.url, 6, cluster.urls).finally(() => leaving.stop());
    const outcomes = await slow.outcomes();
    journal.note(`the edge has left; slow calls through it: ${outcomes.join(', ')}`);
    expect(outcomes).toEqual(Array(6).fill('right'));
  });

  test('what happens is told at each, within a second, and through the edge', async () => {
    const followers = [edge.url, ...cluster.urls].map((url) => new Follower(url));
    try {
      await eachTold(followers, 'state', { because: 'begin' });
      expect((await upload(cluster.url, 'told', plusModel(1))).status).toBe(201);
      const created = performance.now();
      await eachTold(followers, 'default.set', { model: 'told', version: 1 }, created);
      const { status } = await manage(cluster.urls[1]!, 'DELETE', '/api/v1/models/told');
      const deleted = performance.now();
      expect(status).toBe(204);
      await eachTold(followers, 'model.deleted', { model: 'told' }, deleted);
      const [runner] = runnerPids(cluster.modelhosts.get('h1')!.pid);
      process.kill(runner!, 'SIGKILL');
      const reason = 'it ended with SIGKILL';
      await eachTold(followers, 'runner.died', { host: 'h1', reason });
      await eachTold(followers, 'runner.started', { host: 'h1' });
    } finally {
      for (const follower of followers) follower.stop();
    }
  });

  test('one is told to stop: it exits 0, no request fails, and who follows it goes on elsewhere', async () => {
    for (const index of [0, 1]) {
      const follower = new Follower(cluster.urls[index]!);
      await eachTold([follower], 'state', {});
      const told = performance.now();
      expect(await cluster.inferrers[index]!.end('SIGTERM')).toBe(0);
      expect(performance.now() - told).toBeLessThan(15_000);
      await follower.ended;
      const [state] = await eventsNow(edge.url, follower.seen.at(-1)!.id);
      expect([state!.name, state!.data['because']]).toEqual(['state', 'other_life']);
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

/** All are told of it; where something was answered before, at the latest a second after that. */
async function eachTold(
  followers: readonly Follower[],
  name: string,
  said: object,
  afterMs = Infinity,
): Promise<void> {
  for (const follower of followers) {
    const { atMs } = await eventually(`${name} is told`, () => follower.find(name, said));
    expect(atMs).toBeLessThan(afterMs + 1000);
  }
}
