import { mkdtempSync, rmSync } from 'node:fs';
import { request, type ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ask } from '../support/ask';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { journalOfEachTest } from '../support/faults/journal';
import { writeRounds } from '../support/made-models';
import { eventually } from '../support/processes';
import { sumOf } from '../support/samples';
import { askSlow, slowOutcome } from '../support/slow-calls';
import { upload } from '../support/uploads';

/** The example `slow` under another configuration, as version 1 of a model of its own. */
function uploadSlow(cluster: TestCluster, model: string, shoal: object): ReturnType<typeof upload> {
  const fields = { config: JSON.stringify({ shoal }) };
  return upload(cluster.url, model, 'examples/models/slow/1/model.onnx', { fields });
}

const answer = (after_ms?: number): object => ({
  default_answer: {
    after_ms,
    outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4.5] }],
  },
});

const journal = journalOfEachTest();

describeEachBalancer('deadlines', (balancer) => {
  let cluster: TestCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-deadlines-'));
    cluster = await startCluster({ balancer, hosts: 1, models: ['iris', 'slow'] });
  });

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a run beyond the limit of its model is ended, and the model answers again', async () => {
    const fields = { config: '{"shoal":{"max_run_ms":500}}' };
    const uploaded = await upload(cluster.url, 'rounds', writeRounds(folder), { fields });
    expect(uploaded).toMatchObject({ status: 201 });
    const rounds = (count: number, timeoutMs: number): ReturnType<typeof ask> =>
      ask(`${cluster.url}/v2/models/rounds/infer`, {
        body: { inputs: [{ name: 'rounds', datatype: 'INT64', shape: [], data: [count] }] },
        headers: { 'shoal-timeout-ms': String(timeoutMs) },
      });
    expect((await rounds(1, 20_000)).status).toBe(200);
    const began = performance.now();
    expect((await rounds(100_000_000, 300)).status).toBe(504);
    expect(performance.now() - began).toBeGreaterThanOrEqual(299);
    expect(performance.now() - began).toBeLessThan(5_000);
    const { url } = (await cluster.hosts())[0]!;
    const ends = /^shoal_runner_restarts_total\{.*"one run took longer/;
    await eventually('it is ended', async () => (await sumOf(url, ends)) > 0 || undefined);
    journal.note('a run without end was 504 for its caller and was ended');
    expect((await rounds(1, 20_000)).status).toBe(200);
  });

  test('a model that is too slow for its objective answers its default, flagged and counted', async () => {
    expect(await uploadSlow(cluster, 'hasty', answer(50))).toMatchObject({ status: 201 });
    const calls = Array.from({ length: 20 }, (_, row) =>
      askSlow(cluster.url, row, { model: 'hasty' }),
    );
    const began = performance.now();
    const reasons: unknown[] = [];
    for (const { status, headers, text } of await Promise.all(calls)) {
      expect(status).toBe(200);
      reasons.push(headers['shoal-default-answer']);
      expect(JSON.parse(text)).toMatchObject({
        parameters: { shoal_default_answer: headers['shoal-default-answer'] },
        outputs: [{ name: 'y', shape: [1, 4], data: [1, 2, 3, 4.5] }],
      });
    }
    expect(performance.now() - began).toBeLessThan(5_000);
    const fractal = await ask(`${cluster.url}/api/v1/models/hasty/prediction`, {
      body: {
        values: [
          [0, 0, 0, 0],
          [1, 1, 1, 1],
        ],
      },
    });
    expect(JSON.parse(fractal.text)).toMatchObject({
      values: [
        [1, 2, 3, 4.5],
        [1, 2, 3, 4.5],
      ],
      default_answer: fractal.headers['shoal-default-answer'],
    });
    reasons.push(fractal.headers['shoal-default-answer']);
    const counted = (reason: string): Promise<number> =>
      sumOf(cluster.url, new RegExp(`^shoal_default_answers_total\\{.*"hasty".*"${reason}"`));
    const late = reasons.filter((reason) => reason === 'deadline_exceeded').length;
    journal.note(`${reasons.length} default answers, ${late} because of the deadline`);
    expect(await counted('deadline_exceeded')).toBe(late);
    expect(await counted('overloaded')).toBe(reasons.length - late);
  });

  test('a model with a default answers itself where it is in time', async () => {
    expect(await uploadSlow(cluster, 'patient', answer())).toMatchObject({ status: 201 });
    const real = await askSlow(cluster.url, 7, { model: 'patient' });
    expect(slowOutcome(real, 7)).toBe('right');
    expect(real.headers['shoal-default-answer']).toBeUndefined();
    const late = await askSlow(cluster.url, 7, { model: 'patient', timeoutMs: 20 });
    journal.note('one answer of its own, one default answer');
    expect(late.headers['shoal-default-answer']).toBe('deadline_exceeded');
  });

  test('a default answer that does not fit refuses the upload and says why', async () => {
    const wrong = { default_answer: { outputs: [] } };
    const refused = await uploadSlow(cluster, 'unfit', wrong);
    journal.note(`the upload: ${refused.status}`);
    expect(refused).toMatchObject({ status: 422, body: { code: 'model_rejected' } });
    expect(refused.body.error).toContain("shoal.default_answer: outputs: 'y' is missing");
  });

  test('callers that close their connections leave the queue, and no host is blamed', async () => {
    const fields = { config: '{"max_batch_size":0}' };
    const file = 'examples/models/slow/1/model.onnx';
    expect(await upload(cluster.url, 'alone', file, { fields })).toMatchObject({ status: 201 });
    const ejections = await sumOf(cluster.url, /^shoal_ejections_total/);
    const sent = Array.from({ length: 30 }, () => leavingCaller(`${cluster.url}/v2/models/alone`));
    const waits = (): Promise<number> => sumOf(cluster.url, /^shoal_queue_rows\{.*model="alone"/);
    await eventually('all wait', async () => (await waits()) >= 20 || undefined);
    for (const call of sent) call.destroy();
    await eventually('nobody waits', async () => (await waits()) === 0 || undefined);
    expect(slowOutcome(await askSlow(cluster.url, 3, { model: 'alone' }), 3)).toBe('right');
    const batches = await sumOf(cluster.url, /^shoal_batch_rows_count\{.*model="alone"/);
    journal.note(
      `${sent.length} callers have left; ${batches} batches were run, the next answer's too`,
    );
    expect(batches).toBeLessThan(20);
    expect(await sumOf(cluster.url, /^shoal_ejections_total/)).toBe(ejections);
  });
});

function leavingCaller(model: string): ClientRequest {
  const body = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] };
  const call = request(`${model}/infer`, { method: 'POST' });
  call.on('error', () => undefined);
  call.end(JSON.stringify(body));
  return call;
}

describe('deadlines of an inferrer that no host has reported to', () => {
  test.each([
    ['/api/v1/models/iris/prediction', { values: [1, 2, 3, 4] }],
    ['/v2/models/iris/infer', { inputs: [] }],
  ])('%s', async (route, body) => {
    const cluster = await startCluster({ balancer: 'direct', hosts: 0 });
    try {
      const began = performance.now();
      const headers = { 'shoal-timeout-ms': '200' };
      const { status, text } = await ask(`${cluster.url}${route}`, { body, headers });
      expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([
        504,
        'deadline_exceeded',
      ]);
      const tookMs = performance.now() - began;
      journal.note(`504 after ${tookMs.toFixed(0)} ms`);
      expect(tookMs).toBeLessThan(5_000);
    } finally {
      await cluster.stop();
    }
  });
});
