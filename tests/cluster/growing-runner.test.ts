import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { journalOfEachTest } from '../support/faults/journal';
import { startLoad } from '../support/load';
import { writeAllocate } from '../support/made-models';
import { writeHeldWeights } from '../support/held-weights';
import { inferBinary } from '../support/oip-calls';
import { eventually } from '../support/processes';
import { treeBytes } from '../support/process-tree';
import { runnerPids } from '../support/runner-pids';
import { sumOf } from '../support/samples';
import { encodeElements } from '../support/shared-cases';
import { upload } from '../support/uploads';

const mib = 1024 ** 2;
/** Most that the memory of runs is allowed to leave behind, an empty runner included. */
const grownBytes = 400 * mib;
/** Models that nobody asks for: they would be the first to leave. */
const idle = ['idle-1', 'idle-2', 'idle-3'];
const idleBytes = 100 * mib;
/** The runner with all that runs leave behind; not two runners with these models. */
const budgetBytes = 1200 * mib;

const journal = journalOfEachTest();

describeEachBalancer('a runner that grows under load', (balancer) => {
  let cluster: TestCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-growing-'));
    const examples = path.join(folder, 'examples');
    mkdirSync(examples);
    cpSync('examples/models/add-sub', path.join(examples, 'add-sub'), { recursive: true });
    const environment = {
      RUNNER_BUDGET_BYTES: String(grownBytes),
      MEMORY_BUDGET_BYTES: String(budgetBytes),
    };
    cluster = await startCluster({ balancer, examples, environment });
    expect((await upload(cluster.url, 'allocate', writeAllocate(folder))).status).toBe(201);
    const held = writeHeldWeights(folder, idleBytes);
    const config = JSON.stringify({ shoal: { runner: 'shared' } });
    for (const name of idle) {
      const { status } = await upload(cluster.url, name, held, { fields: { config } });
      expect([name, status]).toEqual([name, 201]);
    }
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
    const { id, url } = (await cluster.hosts())[0]!;
    const { pid } = cluster.modelhosts.get(id)!;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, runnersOf(pid))), 20);
    await inferBinary({ url, model: 'allocate', inputs });
    await eventually('a runner is replaced', async () => {
      return (await sumOf(url, /^shoal_runner_replacements_total/)) > 0 ? true : undefined;
    });
    journal.note('replaced after a run that took much memory');
    await load.more(300);
    await eventually('the old one has left', () => {
      return /"msg":"a runner that had grown has left"/.test(cluster.logs()) || undefined;
    });
    clearInterval(watch);
    const after = runnersOf(pid);
    journal.note(`the old one has left: ${inMib(after)}, for a moment it was ${inMib(most)}`);
    // Both at once were more than the budget, and nobody had to leave for that.
    expect(most).toBeGreaterThan(budgetBytes);
    expect(await sumOf(url, /^shoal_model_evictions_total/)).toBe(0);
    expect(after).toBeGreaterThan(idle.length * idleBytes);
    expect(after).toBeLessThan(most - idle.length * idleBytes - grownBytes);
    await load.more(300);
    journal.note(await load.stop());
    expect(load.failures).toEqual([]);
    expect(await sumOf(url, /^shoal_runner_restarts_total/)).toBe(0);
  });
});

function runnersOf(modelhost: number): number {
  return runnerPids(modelhost).reduce((sum, pid) => sum + treeBytes(pid), 0);
}

function inMib(bytes: number): string {
  return `${Math.round(bytes / mib)} MiB`;
}
