import { startCluster, type TestCluster } from '../support/cluster';
import { failingRunner } from '../support/faults/busy';
import { startCheckedLoad, type CheckedLoad } from '../support/faults/checked-load';
import { createDice, seedOfRun } from '../support/faults/dice';
import { watchSecondTries } from '../support/faults/second-tries';
import { SickHost } from '../support/faults/sick-host';
import { eventually } from '../support/processes';

/** So many that sending each again would be several times what the budget allows. */
const requests = 5000;

/** Far above what any machine takes for them. */
const limitMs = 120_000;

describe('every runner of every host fails at everything', () => {
  const ids = ['h1', 'h2'];
  let cluster: TestCluster;
  let load: CheckedLoad;
  let sick: SickHost[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ balancer: 'direct', hosts: 0 });
    sick = ids.map(() => new SickHost(cluster.url, createDice(seedOfRun()), failingRunner));
    for (const [at, way] of sick.entries()) {
      cluster.addHost({ HOST_ID: ids[at]!, INFERRER_URL: await way.listen() });
    }
    await cluster.ready(...ids);
    load = startCheckedLoad(cluster.url);
    await load.more(50);
  });

  afterAll(() => load.stop());
  afterAll(() => Promise.all(sick.map((way) => way.close())));
  afterAll(() => cluster.stop());

  test('what is sent again stays within the budget, the rest is told so at once', async () => {
    const secondTries = await watchSecondTries(cluster.url);
    const before = load.asked;
    await Promise.all(sick.map((way) => way.set('busy')));
    await eventually(
      `${requests} were asked`,
      () => load.asked - before >= requests || undefined,
      limitMs,
    );
    const { made, refused, allowed } = await secondTries(load.asked - before);
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(allowed);
    expect(refused).toBeGreaterThan(0);
    await Promise.all(sick.map((way) => way.set('pass')));
    await load.more(200);
    const failed = load.failures.length;
    await load.more(200);
    expect(load.failures).toHaveLength(failed);
    const known = /: 500 .*"code":"internal"|: 503 .*"code":"host_lost"/;
    expect(load.failures.filter((failure) => !known.test(failure))).toEqual([]);
  });
});
