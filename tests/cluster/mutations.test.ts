import { describeEachCluster } from '../support/each-balancer';
import { createDice, seedOfRun, wholeOfRun } from '../support/faults/dice';
import { journalOfEachTest } from '../support/faults/journal';
import { surprisesIn } from '../support/faults/log-surprises';
import { ProcessSamples } from '../support/faults/process-samples';
import { grpcPort } from '../support/grpc-client';
import { sendGrpcMutants } from '../support/mutations/grpc-mutations';
import { sendMutants } from '../support/mutations/http-mutations';
import { noMutations, type Mutations } from '../support/mutations/mutations';
import { runnerPids } from '../support/runner-pids';
import type { TestCluster } from '../support/cluster';

/** 100,000 in all: MUTATIONS=25000 SEED=7 npx jest dist/tests/cluster/mutations */
const mutations = wholeOfRun('MUTATIONS', 1_500);
const seed = seedOfRun();
const connections = 8;

/**
 * V8's space of new objects stays small, so that what grows is what is kept. What is off by default
 * is on, so that it reads what it is sent.
 */
const environment = {
  NODE_OPTIONS: '--max-semi-space-size=1',
  MODEL_CONTROL: 'load',
  SHARED_MEMORY: 'on',
};

/** What a process may hold more in the second half of the time after warming up. */
const growthBytes = (before: number): number => Math.max(0.2 * before, 64 * 2 ** 20);

const journal = journalOfEachTest(seed);

type Send = typeof sendMutants;

/** Has mutants sent over several connections; what then has to be true of the cluster. */
async function unharmed(cluster: TestCluster, port: number, send: Send): Promise<Mutations> {
  const seen = noMutations();
  const samples = new ProcessSamples();
  const before = processes(cluster);
  const saidBefore = surprisesIn(cluster.logs(), []);
  const looking = setInterval(() => {
    samples.look(processes(cluster));
  }, 250);
  try {
    const share = Math.ceil(mutations / connections);
    await Promise.all(
      Array.from({ length: connections }, (_, index) =>
        send(port, share, { dice: createDice(seed + index), seen }),
      ),
    );
  } finally {
    clearInterval(looking);
    journal.note(JSON.stringify([...seen.statuses].sort()));
    for (const trend of samples.trends()) journal.note(JSON.stringify(trend));
  }
  expect(seen.failures).toEqual([]);
  expect(processes(cluster)).toEqual(before);
  expect(surprisesIn(cluster.logs(), [])).toEqual(saidBefore);
  const grown = samples
    .trends()
    .filter(
      ({ early, late }) =>
        late.residentBytes - early.residentBytes > growthBytes(early.residentBytes),
    );
  expect(grown).toEqual([]);
  return seen;
}

/** Each: no crash, no undocumented error, the next request answered, memory flat. */
describeEachCluster(
  'mutations of valid requests',
  (cluster) => {
    const longestMs = 120_000 + mutations * 10;

    test(
      'HTTP',
      async () => {
        const port = Number(new URL(cluster().url).port);
        const { statuses } = await unharmed(cluster(), port, sendMutants);
        expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 404, 405, 415]));
      },
      longestMs,
    );

    test(
      'gRPC',
      async () => {
        const port = await grpcPort(cluster().inferrer);
        const { statuses } = await unharmed(cluster(), port, sendGrpcMutants);
        const common = ['OK', 'INVALID_ARGUMENT', 'NOT_FOUND', 'UNIMPLEMENTED', 'HTTP 415'];
        const rare = ['RESOURCE_EXHAUSTED', 'goaway 1', 'goaway 9', 'reset 1'];
        expect([...statuses.keys()]).toEqual(expect.arrayContaining([...common, ...rare]));
      },
      longestMs,
    );
  },
  { environment, models: ['add-sub', 'iris', 'words'] },
);

function processes(cluster: TestCluster): [name: string, pid: number][] {
  const found = [...cluster.modelhosts].flatMap(([id, { pid }]): [string, number][] => [
    [id, pid],
    ...runnerPids(pid).map((runner): [string, number] => [`${id} runner`, runner]),
  ]);
  return [['inferrer', cluster.inferrer.pid], ...found];
}
