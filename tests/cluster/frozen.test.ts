import { affinity } from '../../serving/dispatch/affinity';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachCluster } from '../support/each-balancer';
import { startCheckedLoad, type CheckedLoad } from '../support/faults/checked-load';
import { countOf } from '../support/faults/counters';
import { createFreezer } from '../support/faults/freezer';
import { journalOfEachTest } from '../support/faults/journal';
import { saidOf } from '../support/faults/log-lines';
import {
  watchSecondTries,
  withinBudget,
  type CountSecondTries,
} from '../support/faults/second-tries';
import { askAddend, plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';
import { runnerPids } from '../support/runner-pids';
import { manage, upload } from '../support/uploads';

/** Far below the time-out of a minute that requests have where nothing else is said. */
const boundMs = 15_000;

const journal = journalOfEachTest();

/** What is frozen keeps its connections open: nothing breaks, answers just do not come. */
describeEachCluster(
  'what freezes (SIGSTOP) under load',
  (cluster) => {
    let load: CheckedLoad;
    let secondTries: CountSecondTries;
    const freezer = createFreezer();

    beforeEach(async () => {
      secondTries = await watchSecondTries(cluster().url);
      load = startCheckedLoad(cluster().url);
      for (const host of ['h1', 'h2']) await load.moreBy(host, 50);
      load.slowestMs();
    });

    afterEach(async () => {
      freezer.thaw();
      journal.note(await load.stop());
      journal.note(await countOf(cluster().url, 'shoal_retries_total'));
      await cluster().ready('h1', 'h2');
      await withinBudget(secondTries, () => load.asked);
    });

    /** Everything that went to what is frozen has been answered. */
    async function unstuck(): Promise<void> {
      await load.more(100);
      const { asked } = load;
      await eventually('nothing is stuck', () => load.oldest() > asked || undefined, boundMs);
      journal.note(`slowest answer ${load.slowestMs()} ms`);
      expect(load.failures).toEqual([]);
    }

    /** How often the inferrer has said that it does not hear this host. */
    function silences(host: string): number {
      return saidOf(host, cluster().logs(), /^nothing is heard of a modelhost/);
    }

    async function servesWhenItThaws(before: number): Promise<void> {
      // Its work was not only given up because it was forgotten, which is later.
      await eventually('it is said that h1 is silent', () => silences('h1') > before || undefined);
      freezer.thaw();
      await load.moreBy('h1', 50);
      expect(load.failures).toEqual([]);
    }

    test("a host's runners: they are replaced, what they had is answered by another", async () => {
      const host = cluster().modelhosts.get('h1')!.pid;
      const runners = runnerPids(host);
      freezer.freeze(...runners);
      await unstuck();
      await eventually('they are replaced', () => {
        const now = runnerPids(host);
        return !runners.some((runner) => now.includes(runner)) || undefined;
      });
      await load.moreBy('h1', 50);
      expect(load.failures).toEqual([]);
    });

    test('a host with its runner: what it had is answered by another; it serves again when it thaws', async () => {
      const before = silences('h1');
      const host = cluster().modelhosts.get('h1')!.pid;
      freezer.freeze(host, ...runnerPids(host));
      await unstuck();
      await servesWhenItThaws(before);
    });

    test("a host's main process alone: nobody waits for it", async () => {
      const before = silences('h1');
      freezer.freeze(cluster().modelhosts.get('h1')!.pid);
      await unstuck();
      await servesWhenItThaws(before);
    });
  },
  { models: ['add-sub'] },
);

/** A name whose first version is asked of that host where it is loaded on demand. */
function askedOf(wanted: string, hosts: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const name = `seldom-${number}`;
    const numbers = hosts.map((host) => affinity(host, `${name}:1`));
    if (Math.max(...numbers) === affinity(wanted, `${name}:1`)) return name;
  }
}

describe('a host freezes that is asked to load, or to change something', () => {
  const freezer = createFreezer();
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster({ balancer: 'direct', hosts: 3, examples: '' });
  });

  afterEach(() => {
    freezer.thaw();
  });

  afterAll(() => cluster.stop());

  test('others do it, long before the deadline; it follows when it thaws', async () => {
    const { url } = cluster;
    const ids = (await cluster.hosts()).map(({ id }) => id);
    // The first is the one that changes go to.
    const frozen = ids[0]!;
    const seldom = askedOf(frozen, ids);
    const config = JSON.stringify({ shoal: { min_copies: 0, idle_ms: 1000 } });
    await upload(url, seldom, plusModel(7), { fields: { config } });
    for (const addend of [1, 2]) await upload(url, 'plus', plusModel(addend));
    await eventually('nobody has it loaded', async () => {
      const { body } = await manage(url, 'GET', `/api/v1/models/${seldom}/information`);
      return body['state'] === 'unloaded' || undefined;
    });
    const { pid } = cluster.modelhosts.get(frozen)!;
    freezer.freeze(pid, ...runnerPids(pid));
    const asked = performance.now();
    const answers: unknown[] = [];
    void Promise.allSettled([
      ...[1, 2].map(async () => (await askAddend(url, seldom)).addend),
      manage(url, 'POST', '/api/v1/models/plus/default', { default: 1 }),
    ]).then((all) => answers.push(...all));
    await eventually('all is answered', () => answers.length > 0 || undefined, boundMs);
    journal.note(`answered after ${Math.round(performance.now() - asked)} ms`);
    expect(answers).toMatchObject([
      { value: 7 },
      { value: 7 },
      { value: { status: 200, body: { version: 1 } } },
    ]);
    freezer.thaw();
    await cluster.ready(...ids);
    for (const host of await cluster.hosts()) {
      const addsOne = async (): Promise<true | undefined> =>
        (await askAddend(host.url, 'plus')).addend === 1 || undefined;
      await eventually(`${host.id} acts on it`, addsOne);
    }
  });
});
