import { startCluster, type TestCluster } from '../support/cluster';
import { reluModels } from '../support/faults/answered-kinds';
import { createDice, seedOfRun, wholeOfRun } from '../support/faults/dice';
import { faultEachSecond } from '../support/faults/fault-schedule';
import { createJournal, type Journal } from '../support/faults/journal';
import { surprisesIn } from '../support/faults/log-surprises';
import { kindNames, startMixedLoad } from '../support/faults/mixed-load';
import { ProcessSamples } from '../support/faults/process-samples';
import { SickHost } from '../support/faults/sick-host';
import { freePort } from '../support/free-port';
import { eventually, startProcess, type StartedProcess } from '../support/processes';
import { runnerPids } from '../support/runner-pids';
import { sumOf } from '../support/samples';
import { upload } from '../support/uploads';

/**
 * SOAK_REQUESTS=1000000 SEED=7 npx jest dist/tests/cluster/soak
 *
 * Ends when all is reached: so many seconds, so many requests, an answer of each kind.
 */
const seconds = wholeOfRun('SOAK_SECONDS', 45);
const requests = wholeOfRun('SOAK_REQUESTS', 1000);
const seed = seedOfRun();
const hosts = ['h1', 'h2', 'h3'];

/** So many answers have one of the rarest kind, unless it gets none. */
const manyForAKind = 10_000;
/** Where nothing is answered for so long, something hangs. */
const stallMs = 60_000;
/** For the slowest machine; a stall or a failure ends the test long before. */
const longestMs = 180_000 + 3000 * seconds + 20 * requests;

/** What the faults lead to. Anything else in a log, from warnings up, is a surprise. */
const known = [
  'warn inferrer: a modelhost is left out for a while',
  'warn inferrer: nothing is heard of a modelhost; its work goes to others',
  'warn modelhost: runner died',
  // Heartbeats take the ways that are made sick, too.
  'warn modelhost: inferrer lost',
];

/** Kept connections: one for each caller, and some of the processes among themselves. */
const keptConnections = 16 + 8;

/** Long enough for a heap to have seen all that it will hold, also on a slow machine. */
const long = seconds >= 600 || requests >= 200_000;

/**
 * V8 lets the space of new objects grow by up to 48 MB when it sees fit, however late: here it stays
 * small, so that what grows is what is kept.
 */
const environment = { NODE_OPTIONS: '--max-semi-space-size=1' };

/**
 * What a process may have more in the second half of the time after warming up than in the first.
 * Connections come and go in pools, which a leak outgrows.
 */
const growth = {
  bytes: (before: number) => (long ? 0.1 * before : Math.max(0.2 * before, 80 * 2 ** 20)),
  descriptors: 32,
};

describe('requests of all kinds, a fault every second', () => {
  let cluster: TestCluster;
  let ways: ReadonlyMap<string, SickHost> = new Map();
  let metrics: StartedProcess | undefined;
  let journal: Journal;
  let connectionsBefore: number;

  beforeAll(async () => {
    journal = createJournal('soak', seed);
    cluster = await startCluster({ balancer: 'direct', hosts: 2, environment });
    const way = new SickHost(cluster.url, createDice(seed));
    ways = new Map([['h3', way]]);
    cluster.addHost({ HOST_ID: 'h3', INFERRER_URL: await way.listen() });
    await cluster.ready(...hosts);
    metrics = startProcess('metrics', 'metrics/service/main.js', {
      ...environment,
      PORT: String(await freePort()),
      INFERRER_URL: cluster.url,
    });
    for (const [name, { file }] of Object.entries(reluModels)) {
      expect((await upload(cluster.url, name, file)).status).toBe(201);
    }
    connectionsBefore = await sumOf(cluster.url, /^shoal_http_connections/);
  });

  afterAll(async () => {
    journal.print();
    await metrics?.end('SIGKILL');
    await cluster.stop();
  });

  afterAll(async () => {
    for (const way of ways.values()) await way.close();
  });

  test(
    'every answer is right, nothing grows, no log surprises',
    async () => {
      const load = startMixedLoad(cluster.url, seed);
      const samples = new ProcessSamples();
      const looking = setInterval(() => {
        samples.look(processes());
      }, 1000);
      const [began, stalled] = [performance.now(), stallWatch(() => load.answered)];
      const enough = (): boolean =>
        performance.now() - began > seconds * 1000 &&
        load.answered >= requests &&
        (kindNames.every((name) => load.kinds.has(name)) ||
          load.answered >= requests + manyForAKind);
      const over = (): boolean => load.failures.length > 20 || stalled() || enough();
      try {
        const dice = createDice(seed);
        const counts = await faultEachSecond({ cluster, ways, hosts, dice, journal, over });
        journal.note(JSON.stringify(Object.fromEntries(counts)));
      } finally {
        clearInterval(looking);
        let stopped: true | undefined;
        void load.stop().then(() => (stopped = true));
        await eventually('the callers stop', () => stopped, stallMs).finally(() => {
          for (const line of load.waiting()) journal.note(`no answer: ${line}`);
        });
        journal.note(`${load.answered} right answers: ${JSON.stringify([...load.kinds])}`);
        for (const trend of samples.trends()) journal.note(JSON.stringify(trend));
      }
      const surprises = surprisesIn(cluster.logs() + metrics!.log(), known);
      const failures = load.failures.slice(0, 20);
      expect({ failures, surprises, stalled: stalled() }).toEqual({
        failures: [],
        surprises: {},
        stalled: false,
      });
      expectFlat(samples);
      expect([...load.kinds.keys()]).toEqual(expect.arrayContaining([...kindNames]));
      await eventually('nothing is under way any more', nothingUnderWay);
    },
    longestMs,
  );

  /** But this question itself, and what each host keeps open to be told of. */
  async function nothingUnderWay(): Promise<true | undefined> {
    const queued = await sumOf(cluster.url, /^shoal_queue_(rows|bytes)/);
    const inFlight = await sumOf(cluster.url, /^shoal_in_flight_requests/);
    const connections = await sumOf(cluster.url, /^shoal_http_connections/);
    const left = connections - connectionsBefore > keptConnections;
    return queued === 0 && inFlight <= 1 + hosts.length && !left ? true : undefined;
  }

  function processes(): [name: string, pid: number][] {
    const found = [...cluster.modelhosts].flatMap(([id, { pid }]): [string, number][] => [
      [id, pid],
      ...runnerPids(pid).map((runner): [string, number] => [`${id} runner`, runner]),
    ]);
    return [['inferrer', cluster.inferrer.pid], ['metrics', metrics!.pid], ...found];
  }
});

/** True where nothing has been answered for long; to be asked often. */
function stallWatch(answered: () => number): () => boolean {
  let [last, since] = [answered(), performance.now()];
  return () => {
    const now = answered();
    if (now !== last) [last, since] = [now, performance.now()];
    return performance.now() - since > stallMs;
  };
}

function expectFlat(samples: ProcessSamples): void {
  const trends = samples.trends();
  // Processes that no fault ends, so that each kind of them is looked at.
  expect(trends.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['inferrer', 'metrics', 'h2', 'h3', 'h3 runner']),
  );
  const grown = trends.filter(({ early, late }) => {
    return (
      late.residentBytes > early.residentBytes + growth.bytes(early.residentBytes) ||
      late.descriptors > early.descriptors + growth.descriptors
    );
  });
  expect(grown).toEqual([]);
}
