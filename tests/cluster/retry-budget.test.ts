import { startCluster, type TestCluster } from '../support/cluster';
import { failingRunner } from '../support/faults/busy';
import { startCheckedLoad, type CheckedLoad } from '../support/faults/checked-load';
import { createDice } from '../support/faults/dice';
import { journalOfEachTest } from '../support/faults/journal';
import { watchSecondTries, type CountSecondTries } from '../support/faults/second-tries';
import { SickHost } from '../support/faults/sick-host';
import { eventually } from '../support/processes';
import { upload } from '../support/uploads';

/** So many that sending each again would be several times what the budget allows. */
const requests = 5000;

const addSub = 'examples/models/add-sub/1/model.onnx';

/** Far above what any machine takes for them. */
const limitMs = 120_000;

const journal = journalOfEachTest();

describe('every runner of every host fails at everything', () => {
  const ids = ['h1', 'h2'];
  let cluster: TestCluster;
  let load: CheckedLoad;
  let secondTries: CountSecondTries;
  let sick: SickHost[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ balancer: 'direct', hosts: 0, examples: '' });
    // Nothing that is done to these ways is left to the dice.
    sick = ids.map(() => new SickHost(cluster.url, createDice(1), failingRunner));
    for (const [at, way] of sick.entries()) {
      cluster.addHost({ HOST_ID: ids[at]!, INFERRER_URL: await way.listen() });
    }
    await cluster.ready(...ids);
    // Batches of one, so that what is sent again is counted in requests, as the budget is.
    const fields = { config: '{"max_batch_size":0}' };
    const uploaded = await upload(cluster.url, 'add-sub', addSub, { fields });
    expect(uploaded).toMatchObject({ status: 201 });
    secondTries = await watchSecondTries(cluster.url);
    load = startCheckedLoad(cluster.url, { restMs: 0 });
    await load.more(50);
  });

  afterAll(() => load.stop());
  afterAll(() => Promise.all(sick.map((way) => way.close())));
  afterAll(() => cluster.stop());

  test('what is sent again stays within the budget, the rest is told so at once', async () => {
    const before = load.asked;
    await Promise.all(sick.map((way) => way.set('busy')));
    await eventually(
      `${requests} were asked`,
      () => load.asked - before >= requests || undefined,
      limitMs,
    );
    const { made, refused, allowed } = await secondTries(() => load.asked);
    journal.note(
      `${load.asked} requests, ${made} second tries of ${Math.floor(allowed)} that the budget ` +
        `allows, ${refused} refused`,
    );
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
