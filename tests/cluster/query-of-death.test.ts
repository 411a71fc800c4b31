import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCallers, stopCallers, type Callers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { journalOfEachTest } from '../support/faults/journal';
import { startLoad } from '../support/load';
import { deadly, writeAllocate, writeDivide, writeRounds } from '../support/made-models';
import { elementsOf, inferBinary, inferJson, OipRefusal } from '../support/oip-calls';
import { eventually } from '../support/processes';
import { sumOf } from '../support/samples';
import { encodeElements } from '../support/shared-cases';
import { upload } from '../support/uploads';

/** Most that the runners of all hosts may take; the models here take a tenth of it. */
const memoryBytes = 700 * 1024 ** 2;

/** Requests wait for each other until they are eight. */
const ofEight = JSON.stringify({
  max_batch_size: 8,
  dynamic_batching: { max_queue_delay_microseconds: 20_000_000 },
});

const journal = journalOfEachTest();

describeEachBalancer('a request that kills its runner', (balancer) => {
  let cluster: TestCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-query-of-death-'));
    const examples = path.join(folder, 'examples');
    mkdirSync(examples);
    cpSync('examples/models/add-sub', path.join(examples, 'add-sub'), { recursive: true });
    const environment = { MAX_RUN_MS: '1500', RUNNER_MEMORY_BYTES: String(memoryBytes) };
    cluster = await startCluster({ balancer, examples, environment, inferrers: 2 });
    const uploads = [
      await upload(cluster.url, 'divide', writeDivide(folder)),
      await upload(cluster.url, 'together', writeDivide(folder), { fields: { config: ofEight } }),
      await upload(cluster.url, 'rounds', writeRounds(folder)),
      await upload(cluster.url, 'allocate', writeAllocate(folder)),
    ];
    expect(uploads.map(({ status }) => status)).toEqual(Array(4).fill(201));
  });

  afterEach(stopCallers);

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** How many runners have died so far, of all hosts. */
  async function deaths(): Promise<number> {
    let sum = 0;
    for (const { url } of await cluster.hosts()) {
      const text = await (await fetch(`${url}/metrics`)).text();
      for (const [, count] of text.matchAll(/^shoal_runner_restarts_total\{.*\} (\d+)$/gm)) {
        sum += Number(count);
      }
    }
    return sum;
  }

  /** Two, and a third where the host that had it last is too busy to say in time what it died of. */
  function expectFew(count: number): void {
    journal.note(`${count} runners have died of it`);
    expect([2, 3]).toContain(count);
  }

  function whole(name: string, shape: readonly number[], values: readonly number[]) {
    return { name, datatype: 'INT64', shape, data: encodeElements('INT64', values) } as const;
  }

  /** The code word of the refusal of such a call, '' where it is answered. */
  async function codeOf(
    model: string,
    input: ReturnType<typeof whole>,
    url = cluster.url,
  ): Promise<string> {
    try {
      await inferBinary({ url, model, inputs: [input] });
      return '';
    } catch (error) {
      if (!(error instanceof OipRefusal)) throw error;
      return (JSON.parse(error.text) as { code: string }).code;
    }
  }

  /** Asks `divide` for rows that it can compute and checks each element. */
  function innocents(count: number): Callers {
    return startCallers(count, async (seed) => {
      const values = [seed, seed + 1, seed + 2];
      const { outputs } = await inferJson({
        url: cluster.urls[seed % cluster.urls.length]!,
        model: 'divide',
        inputs: [whole('x', [1, 3], values)],
      });
      const wanted = values.map((value) => -(2n ** 63n) / (BigInt(value) - BigInt(deadly + 1)));
      const found = elementsOf(outputs[0]!);
      if (found.join() !== wanted.join()) throw new Error(`${values.join()}: ${found.join()}`);
    });
  }

  test('is refused after two deaths, by every inferrer; the model answers all others', async () => {
    const others = [innocents(6), startLoad(cluster.url, { callers: 2 })];
    for (const one of others) await one.more(100);
    const guilty = whole('x', [1, 3], [1, deadly, 3]);
    expect(await codeOf('divide', guilty)).toBe('request_quarantined');
    expectFew(await deaths());
    for (const one of others) await one.more(100);
    for (const url of cluster.urls) {
      await eventually('the inferrer has been told', async () =>
        (await codeOf('divide', guilty, url)) === 'request_quarantined' ? true : undefined,
      );
    }
    for (const one of others) await one.more(100);
    for (const one of others) journal.note(await one.stop());
    expectFew(await deaths());
    expect(others.flatMap(({ failures }) => failures)).toEqual([]);
  });

  test('in one batch with others takes nobody with it', async () => {
    const before = await deaths();
    const rows = Array.from({ length: 8 }, (_, row) => whole('x', [1, 3], [row, row, row]));
    rows[5] = whole('x', [1, 3], [deadly, 7, 7]);
    const codes = await Promise.all(rows.map((row) => codeOf('together', row)));
    journal.note(`of one batch: ${codes.map((code) => code || 'answered').join(', ')}`);
    expect(codes.filter((code) => code !== '')).toEqual(['request_quarantined']);
    expect(codes[5]).toBe('request_quarantined');
    expectFew((await deaths()) - before);
    const ofModel = '\\{.*model="together"';
    const small = new RegExp(`^shoal_batch_rows_bucket${ofModel}.*le="4.0"`);
    const all = new RegExp(`^shoal_batch_rows_count${ofModel}`);
    expect((await sumOf(cluster.url, all)) - (await sumOf(cluster.url, small))).toBe(1);
  });

  test.each<[string, string, () => [string, ReturnType<typeof whole>]]>([
    [
      'a run without end',
      'request_quarantined',
      () => ['rounds', whole('rounds', [], [100_000_000])],
    ],
    ['too much memory', 'insufficient_memory', () => ['allocate', whole('n', [1], [250_000_000])]],
  ])('by %s is refused with %s, and the model goes on', async (_name, code, make) => {
    const before = await deaths();
    const load = startLoad(cluster.url, { callers: 2 });
    await load.more(50);
    const [model, input] = make();
    await eventually('it is refused', async () =>
      (await codeOf(model, input)) === code ? true : undefined,
    );
    // Each host may see its first death of memory before the runner says what was run.
    const died = (await deaths()) - before;
    journal.note(`refused when ${died} runners had died of it`);
    expect(died).toBeLessThanOrEqual(5);
    const less = whole(input.name, input.shape, [10]);
    expect(await codeOf(model, less)).toBe('');
    await load.more(50);
    journal.note(await load.stop());
    expect(load.failures).toEqual([]);
  });
});
