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
import { eventually } from '../support/processes';
import { runnerPids } from '../support/runner-pids';

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
