import type { TestCluster } from '../support/cluster';
import { describeEachCluster } from '../support/each-balancer';
import { startCheckedLoad, type CheckedLoad } from '../support/faults/checked-load';
import { createDice, pick, seedOfRun, wholeOfRun, type Dice } from '../support/faults/dice';
import { createJournal, type Journal } from '../support/faults/journal';
import { countOf } from '../support/faults/counters';
import { timesSaid } from '../support/faults/log-lines';
import { randomPause } from '../support/faults/random-pause';
import { sentAgain, watchSecondTries, withinBudget } from '../support/faults/second-tries';
import { eventually } from '../support/processes';
import { runnerPids } from '../support/runner-pids';

/** KILLS=200 SEED=7 npx jest dist/tests/cluster/kills */
const kills = wholeOfRun('KILLS', 12);
const seed = seedOfRun();
const hosts = ['h1', 'h2'];

describeEachCluster(
  `${kills} kill -9 at random moments under load`,
  (cluster, balancer) => {
    test(
      'no request fails, none is answered twice or with the answer to another',
      async () => {
        const load = startCheckedLoad(cluster().url, { callers: 16 });
        const journal = createJournal(`kills, ${balancer}`, seed);
        const secondTries = await watchSecondTries(cluster().url);
        try {
          await killAround({ cluster: cluster(), load, journal, dice: createDice(seed) });
        } finally {
          journal.note(await load.stop());
          journal.note(await countOf(cluster().url, 'shoal_retries_total'));
          journal.print();
        }
        expect(load.failures).toEqual([]);
        expect((await withinBudget(secondTries, () => load.asked)).made).toBeGreaterThan(0);
        await eventually(
          'the log says so',
          () => timesSaid(cluster().inferrer.log(), sentAgain) > 0 || undefined,
        );
      },
      300_000 + kills * 20_000,
    );
  },
  { models: ['add-sub'] },
);

interface Killing {
  readonly cluster: TestCluster;
  readonly load: CheckedLoad;
  readonly journal: Journal;
  readonly dice: Dice;
}

/** Kills hosts and runners; never the only one that serves, so that every machine keeps up. */
async function killAround({ cluster, load, journal, dice }: Killing): Promise<void> {
  for (const host of hosts) await load.moreBy(host, 1);
  /** The newest request when a host was killed last: one that is newer it has answered since. */
  const askedAtKill = new Map(hosts.map((host) => [host, 0]));
  for (let kill = 1; kill <= kills; kill += 1) {
    const victim = pick(dice, hosts);
    const other = hosts.find((host) => host !== victim)!;
    const kind = dice() < 0.5 ? 'host' : 'runner';
    await eventually(
      `${other} serves since it was killed last`,
      () => load.newestBy(other) > askedAtKill.get(other)! || undefined,
      60_000,
    );
    await randomPause(dice, 0, 200);
    const process_ = cluster.modelhosts.get(victim)!;
    const [runner] = runnerPids(process_.pid);
    if (kind === 'runner' && runner !== undefined) {
      process.kill(runner, 'SIGKILL');
    } else {
      await process_.end('SIGKILL');
      cluster.addHost({ HOST_ID: victim });
    }
    askedAtKill.set(victim, load.asked);
    journal.note(
      `${kill}. ${victim}: ${kind}; slowest answer since the last ${load.slowestMs()} ms`,
    );
  }
  for (const host of hosts) await load.moreBy(host, 20);
}
