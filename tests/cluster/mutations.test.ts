import { describeEachCluster } from '../support/each-balancer';
import { createDice, seedOfRun, wholeOfRun } from '../support/faults/dice';
import { journalOfEachTest } from '../support/faults/journal';
import { surprisesIn } from '../support/faults/log-surprises';
import { ProcessSamples } from '../support/faults/process-samples';
import { noMutations, sendMutants } from '../support/mutations/http-mutations';
import { runnerPids } from '../support/runner-pids';
import type { TestCluster } from '../support/cluster';

/** MUTATIONS=1000000 SEED=7 npx jest dist/tests/cluster/mutations */
const mutations = wholeOfRun('MUTATIONS', 25_000);
const seed = seedOfRun();
const connections = 8;

/** V8's space of new objects stays small, so that what grows is what is kept. */
const environment = { NODE_OPTIONS: '--max-semi-space-size=1' };

/** What a process may hold more in the second half of the time after warming up. */
const growthBytes = (before: number): number => Math.max(0.2 * before, 64 * 2 ** 20);

const journal = journalOfEachTest(seed);

describeEachCluster(
  'mutations of valid requests',
  (cluster) => {
    test(
      'HTTP: no crash, no undocumented error, the next request answered, memory flat',
      async () => {
        const seen = noMutations();
        const samples = new ProcessSamples();
        const before = processes(cluster());
        const saidBefore = surprisesIn(cluster().logs(), []);
        const looking = setInterval(() => {
          samples.look(processes(cluster()));
        }, 250);
        try {
          const port = Number(new URL(cluster().url).port);
          const share = Math.ceil(mutations / connections);
          await Promise.all(
            Array.from({ length: connections }, (_, index) =>
              sendMutants(port, share, { dice: createDice(seed + index), seen }),
            ),
          );
        } finally {
          clearInterval(looking);
          journal.note(JSON.stringify([...seen.statuses].sort()));
          for (const trend of samples.trends()) journal.note(JSON.stringify(trend));
        }
        expect(seen.failures).toEqual([]);
        expect(processes(cluster())).toEqual(before);
        expect(surprisesIn(cluster().logs(), [])).toEqual(saidBefore);
        expect([...seen.statuses.keys()]).toEqual(
          expect.arrayContaining([200, 400, 404, 405, 415]),
        );
        const grown = samples
          .trends()
          .filter(
            ({ early, late }) =>
              late.residentBytes - early.residentBytes > growthBytes(early.residentBytes),
          );
        expect(grown).toEqual([]);
      },
      120_000 + mutations * 10,
    );
  },
  environment,
);

function processes(cluster: TestCluster): [name: string, pid: number][] {
  const found = [...cluster.modelhosts].flatMap(([id, { pid }]): [string, number][] => [
    [id, pid],
    ...runnerPids(pid).map((runner): [string, number] => [`${id} runner`, runner]),
  ]);
  return [['inferrer', cluster.inferrer.pid], ...found];
}
