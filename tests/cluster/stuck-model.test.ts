import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ask } from '../support/ask';
import { stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { journalOfEachTest } from '../support/faults/journal';
import { startLoad } from '../support/load';
import { writeRounds, writeRoundsOfRows } from '../support/made-models';
import { elementsOf, inferJson, OipRefusal } from '../support/oip-calls';
import { sumOf } from '../support/samples';
import { encodeElements } from '../support/shared-cases';
import { upload } from '../support/uploads';

/** How a model that keeps killing its runners is refused in the end. */
const leftOut: readonly string[] = ['model_not_ready', 'quarantined'];

/** `rounds` passes its try and then, asked for far too many rounds, does not come back. */
const tooMany = 100_000_000;

const journal = journalOfEachTest();

describeEachBalancer('a model that gets stuck while others are under load', (balancer) => {
  let cluster: TestCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-stuck-'));
    const examples = path.join(folder, 'examples');
    mkdirSync(examples);
    cpSync('examples/models/add-sub', path.join(examples, 'add-sub'), { recursive: true });
    const environment = { MAX_RUN_MS: '1500' };
    cluster = await startCluster({ balancer, examples, environment });
  });

  afterEach(stopCallers);

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function rounds(count: number): ReturnType<typeof inferJson> {
    const data = encodeElements('INT64', [count]);
    const inputs = [{ name: 'rounds', datatype: 'INT64', shape: [], data } as const];
    return inferJson({ url: cluster.url, model: 'rounds', inputs });
  }

  /** Twice `count`, from a model that has all of a batch wait for the greatest count in it. */
  async function doubled(count: number): Promise<unknown> {
    const data = encodeElements('INT64', [count]);
    const inputs = [{ name: 'rounds', datatype: 'INT64', shape: [1, 1], data } as const];
    const call = inferJson({ url: cluster.url, model: 'rounds-of-rows', inputs });
    const answer = await call.catch((error: unknown) => error as OipRefusal);
    if ('outputs' in answer) return elementsOf(answer.outputs[0]!)[0];
    return (JSON.parse(answer.text) as { code: string }).code;
  }

  /** How many runners have been ended because of a run without end. */
  async function stuck(): Promise<number> {
    const urls = (await cluster.hosts()).map(({ url }) => url);
    const of = urls.map((url) =>
      sumOf(url, /^shoal_runner_restarts_total\{.*"one run took longer/),
    );
    return (await Promise.all(of)).reduce((sum, one) => sum + one, 0);
  }

  test('takes nobody with it who shares its batch', async () => {
    const config = JSON.stringify({
      max_batch_size: 8,
      dynamic_batching: { max_queue_delay_microseconds: 20_000_000 },
    });
    const file = writeRoundsOfRows(folder);
    const uploaded = await upload(cluster.url, 'rounds-of-rows', file, { fields: { config } });
    expect(uploaded).toMatchObject({ status: 201 });
    const counts = [1, 2, 3, tooMany, 5, 6, 7, 8];
    const answers = await Promise.all(counts.map(doubled));
    journal.note(`in one batch: ${answers.join(', ')}`);
    expect(answers).toEqual([2n, 4n, 6n, 'request_quarantined', 10n, 12n, 14n, 16n]);
    const ofModel = '\\{.*model="rounds-of-rows"';
    const small = await sumOf(
      cluster.url,
      new RegExp(`^shoal_batch_rows_bucket${ofModel}.*le="4.0"`),
    );
    const all = await sumOf(cluster.url, new RegExp(`^shoal_batch_rows_count${ofModel}`));
    expect(all - small).toBe(1);
    expect(await stuck()).toBeGreaterThanOrEqual(2);
  });

  test('one with a default answer gives that once it is left out', async () => {
    const outputs = [{ name: 'y', datatype: 'FP32', shape: [], data: [7.5] }];
    const config = JSON.stringify({ shoal: { default_answer: { outputs } } });
    const uploaded = await upload(cluster.url, 'hasty', writeRounds(folder), {
      fields: { config },
    });
    expect(uploaded).toMatchObject({ status: 201 });
    const hasty = `${cluster.url}/v2/models/hasty/infer`;
    const rounds = (count: number): ReturnType<typeof ask> =>
      ask(hasty, {
        body: { inputs: [{ name: 'rounds', datatype: 'INT64', shape: [], data: [count] }] },
      });
    const reasons: string[] = [];
    while (reasons.at(-1) !== 'model_not_ready' && reasons.length < 20) {
      // Each time another content: the same one would be refused for itself.
      const { status, headers } = await rounds(tooMany + reasons.length);
      reasons.push(status === 200 ? String(headers['shoal-default-answer']) : String(status));
    }
    journal.note(`contents without end: ${reasons.join(', ')}`);
    expect(reasons.at(-1)).toBe('model_not_ready');
    const answer = await rounds(1);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ outputs: [{ data: [7.5] }] });
    const fractal = `${cluster.url}/api/v1/models/hasty/prediction`;
    const told = await ask(fractal, { body: { inputs: { rounds: { data: [1], shape: [] } } } });
    expect([told.status, told.headers['shoal-default-answer']]).toEqual([200, 'model_not_ready']);
    // Who asks how it is, is told.
    expect((await ask(`${cluster.url}/v2/models/hasty/ready`)).status).not.toBe(200);
  });

  test('its caller is told, nobody else fails, and it is left out before long', async () => {
    expect((await upload(cluster.url, 'rounds', writeRounds(folder))).status).toBe(201);
    expect((await rounds(1)).outputs).toHaveLength(1);
    const load = startLoad(cluster.url, { callers: 4 });
    await load.more(300);
    const codes: string[] = [];
    while (!codes.some((code) => leftOut.includes(code)) && codes.length < 20) {
      // Each time another content: the same one would be refused for itself.
      const refusal = await rounds(tooMany + codes.length).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(OipRefusal);
      const { status, text } = refusal as OipRefusal;
      const { code } = JSON.parse(text) as { code: string };
      expect(status).toBe(code === 'request_quarantined' ? 422 : 503);
      codes.push(code);
    }
    journal.note(`contents without end: ${codes.join(', ')}`);
    expect(leftOut).toContain(codes.at(-1));
    await load.more(300);
    journal.note(await load.stop());
    expect(load.failures).toEqual([]);
  });
});
