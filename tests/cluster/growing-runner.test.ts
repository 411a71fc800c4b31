import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { journalOfEachTest } from '../support/faults/journal';
import { startLoad } from '../support/load';
import { writeAllocate } from '../support/made-models';
import { inferBinary } from '../support/oip-calls';
import { eventually } from '../support/processes';
import { sumOf } from '../support/samples';
import { encodeElements } from '../support/shared-cases';
import { upload } from '../support/uploads';

/** Most that the memory of one run is allowed to leave behind; the models need a quarter of it. */
const budgetBytes = 400 * 1024 ** 2;

const journal = journalOfEachTest();

describeEachBalancer('a runner that grows under load', (balancer) => {
  let cluster: TestCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-growing-'));
    const examples = path.join(folder, 'examples');
    mkdirSync(examples);
    cpSync('examples/models/add-sub', path.join(examples, 'add-sub'), { recursive: true });
    const environment = { RUNNER_BUDGET_BYTES: String(budgetBytes) };
    cluster = await startCluster({ balancer, examples, environment });
    expect((await upload(cluster.url, 'allocate', writeAllocate(folder))).status).toBe(201);
  });

  afterEach(stopCallers);

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is replaced while it serves: nobody fails, no runner dies', async () => {
    const load = startLoad(cluster.url, { callers: 4 });
    await load.more(100);
    const data = encodeElements('INT64', [150_000_000]);
    const inputs = [{ name: 'n', datatype: 'INT64', shape: [1], data } as const];
    const { url } = (await cluster.hosts())[0]!;
    let runs = 0;
    await eventually('a runner is replaced', async () => {
      runs += 1;
      await inferBinary({ url, model: 'allocate', inputs });
      return (await sumOf(url, /^shoal_runner_replacements_total/)) > 0 ? true : undefined;
    });
    journal.note(`replaced after ${runs} runs that took much memory`);
    await load.more(300);
    await eventually('the old one has left', () => {
      return /"msg":"a runner that had grown has left"/.test(cluster.logs()) || undefined;
    });
    journal.note('the old one has left');
    await load.more(300);
    journal.note(await load.stop());
    expect(load.failures).toEqual([]);
    expect(await sumOf(url, /^shoal_runner_restarts_total/)).toBe(0);
  });
});
