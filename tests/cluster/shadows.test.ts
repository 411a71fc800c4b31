import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCallers, stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { journalOfEachTest } from '../support/faults/journal';
import { deadly, writeDivide, writeRoundsOfRows, writeTwice } from '../support/made-models';
import { elementsOf, inferJson } from '../support/oip-calls';
import { eventually } from '../support/processes';
import { runnerPids } from '../support/runner-pids';
import { sumOf } from '../support/samples';
import { encodeElements } from '../support/shared-cases';
import { manage, upload } from '../support/uploads';

/** Far too many for the shadow that has this content copied; the live version only doubles it. */
const endless = 100_000_000;

const journal = journalOfEachTest();

describeEachBalancer('shadows of models under load', (balancer) => {
  let cluster: TestCluster;
  let folder: string;
  /** Process id of the one runner that there is before anything is tried. */
  let shared: number | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-shadows-'));
    cluster = await startCluster({ balancer, hosts: 1, examples: '' });
    [shared] = runnerPids(cluster.modelhosts.get('h1')!.pid);
  });

  afterEach(stopCallers);

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Has version 1 of the model copied what version 2 answers, which doubles its input. */
  async function shadow(model: string, file: string, input: Input): Promise<void> {
    expect((await upload(cluster.url, model, file)).status).toBe(201);
    const twice = writeTwice(folder, input.name, input.width);
    expect((await upload(cluster.url, model, twice)).status).toBe(201);
    const variants = `/api/v1/models/${model}/variants`;
    const set = await manage(cluster.url, 'PUT', variants, { shadow: { version: 1 } });
    expect(set.status).toBe(200);
  }

  /** Rejects where the answer is not twice `value`, by version 2. */
  async function ask(model: string, { name, width }: Input, value: number): Promise<void> {
    const data = encodeElements('INT64', Array<number>(width).fill(value));
    const inputs = [{ name, datatype: 'INT64', shape: [1, width], data } as const];
    const { version, outputs } = await inferJson({ url: cluster.url, model, inputs });
    const got = [version, String(elementsOf(outputs[0]!)[0])].join();
    if (got !== `2,${2 * value}`) throw new Error(`${value}: ${got}`);
  }

  function copies(model: string, outcomes: string): Promise<number> {
    const series = `^shoal_shadow_requests_total\\{.*"${model}".*"(${outcomes})"`;
    return sumOf(cluster.url, new RegExp(series));
  }

  test('one whose run does not end is not waited for', async () => {
    const input = { name: 'rounds', width: 1 };
    await shadow('slow', writeRoundsOfRows(folder), input);
    await ask('slow', input, endless);
    const callers = startCallers(4, (seed) => ask('slow', input, seed), { restMs: 0 });
    await callers.more(300);
    journal.note(await callers.stop());
    expect(callers.failures).toEqual([]);
    // The first copy still runs, and all others wait for it or were dropped.
    expect(await copies('slow', 'equal|close|different|failed|lost')).toBe(0);
    expect(await copies('slow', 'dropped')).toBeGreaterThan(0);
  });

  test('one that kills its runner takes nothing else with it', async () => {
    const input = { name: 'x', width: 3 };
    await shadow('killing', writeDivide(folder), input);
    const callers = startCallers(4, (seed) => ask('killing', input, seed), { restMs: 0 });
    await callers.more(50);
    await eventually('a copy has killed a runner', async () => {
      // Not every one is copied while so many are asked.
      await ask('killing', input, deadly);
      return (await copies('killing', 'lost')) > 0 ? true : undefined;
    });
    await eventually('its host has seen that', async () => {
      const { url } = (await cluster.hosts())[0]!;
      return (await sumOf(url, /^shoal_runner_restarts_total\{.*SIGFPE/)) > 0 ? true : undefined;
    });
    await callers.more(200);
    journal.note(await callers.stop());
    expect(callers.failures).toEqual([]);
    expect(runnerPids(cluster.modelhosts.get('h1')!.pid)).toContain(shared);
  });
});

interface Input {
  readonly name: string;
  /** Of a row. */
  readonly width: number;
}
