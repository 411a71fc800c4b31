import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Tensor } from '../../protocol/tensor';
import { ask } from '../support/ask';
import { expectClose } from '../support/close-tensors';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { writeAcrossEight, writeEightRows } from '../support/made-models';
import { inferBinary, inferJson } from '../support/oip-calls';
import { runReference } from '../support/runtime-run';
import { samplesOf } from '../support/samples';
import { encodeElements } from '../support/shared-cases';
import { manage, upload } from '../support/uploads';

const fields = { config: JSON.stringify({ shoal: { padding: true } }) };

/** Rows of a caller, unlike those of all others. */
function input(caller: number, rows: number): Tensor {
  const values = Array.from({ length: rows * 3 }, (_, at) => Math.sin(caller * 31 + at));
  return { name: 'x', datatype: 'FP32', shape: [rows, 3], data: encodeElements('FP32', values) };
}

/** The runtime's own answer: runs of eight rows, the last of them filled up with its last row. */
async function byRuntime(file: string, { data, shape }: Tensor): Promise<Tensor> {
  const rows = shape[0]!;
  const results: Uint8Array[] = [];
  for (let from = 0; from < rows; from += 8) {
    const here = Array.from({ length: 8 }, (_, at) => Math.min(from + at, rows - 1));
    const filled = Buffer.concat(here.map((row) => data.subarray(row * 12, row * 12 + 12)));
    const [y] = await runReference(file, [
      { name: 'x', datatype: 'FP32', shape: [8, 3], data: filled },
    ]);
    results.push(y!.data.subarray(0, 12 * Math.min(8, rows - from)));
  }
  return { name: 'y', datatype: 'FP32', shape: [rows, 3], data: Buffer.concat(results) };
}

describeEachBalancer('a model of a fixed number of rows', (balancer) => {
  let cluster: TestCluster;
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-padding-'));
    file = writeEightRows(folder);
    cluster = await startCluster({ balancer, examples: '' });
    expect((await upload(cluster.url, 'padded', file, { fields })).status).toBe(201);
  });

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is told to clients with free rows, by the inferrer and by the hosts', async () => {
    const [host] = await cluster.hosts();
    for (const url of [cluster.url, host!.url]) {
      const { text } = await ask(`${url}/v2/models/padded`);
      expect(JSON.parse(text)).toMatchObject({
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }],
        outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 3] }],
      });
    }
  });

  test('60 callers at once, of 1 to 20 rows: each gets its own as by the runtime', async () => {
    const callers = Array.from({ length: 60 }, (_, caller) => input(caller, 1 + (caller % 20)));
    const answers = await Promise.all(
      callers.map((x, caller) => {
        const infer = caller % 2 === 0 ? inferJson : inferBinary;
        return infer({ url: cluster.url, model: 'padded', inputs: [x] });
      }),
    );
    for (const [caller, { outputs }] of answers.entries()) {
      const expected = await byRuntime(file, callers[caller]!);
      expectClose(outputs, [expected], { rtol: 1e-5, atol: 1e-6 });
    }
  });

  test('a host by itself fills up too, and FRACTAL takes one row', async () => {
    const [host] = await cluster.hosts();
    const x = input(7, 3);
    const { outputs } = await inferBinary({ url: host!.url, model: 'padded', inputs: [x] });
    expectClose(outputs, [await byRuntime(file, x)], { rtol: 1e-5, atol: 1e-6 });
    const body = { values: [0, 0, 0] };
    const { text } = await ask(`${cluster.url}/api/v1/models/padded/prediction`, { body });
    expect(JSON.parse(text)).toMatchObject({ values: [[0, 0, 0]] });
  });

  test('rows that came and rows filled up are counted apart', async () => {
    const counted = async (name: string): Promise<number> => {
      const { text } = await ask(`${cluster.url}/metrics`);
      const found = samplesOf(text).find(({ labels }) => labels.startsWith(`${name}{`));
      return found?.value ?? 0;
    };
    const names = ['shoal_batch_rows_sum', 'shoal_padded_rows_total'] as const;
    const before = await Promise.all(names.map(counted));
    await inferJson({ url: cluster.url, model: 'padded', inputs: [input(1, 3)] });
    const after = await Promise.all(names.map(counted));
    expect(after.map((value, at) => value - before[at]!)).toEqual([3, 5]);
  });

  test('no rows are refused; without the field the file is taken at its word', async () => {
    const none = { url: cluster.url, model: 'padded', inputs: [input(1, 0)] };
    await expect(inferBinary(none)).rejects.toMatchObject({ status: 400 });
    expect((await upload(cluster.url, 'plain', file)).status).toBe(201);
    const few = { url: cluster.url, model: 'plain', inputs: [input(1, 3)] };
    await expect(inferBinary(few)).rejects.toMatchObject({ status: 400 });
  });

  test('one whose rows depend on one another is refused, and nothing is left of it', async () => {
    const across = writeAcrossEight(folder);
    const { status, body } = await upload(cluster.url, 'across', across, { fields });
    expect([status, body.code]).toEqual([422, 'model_rejected']);
    expect(body.error).toContain("output 'y' of a row depends on the other rows");
    expect((await manage(cluster.url, 'GET', '/api/v1/models/across')).status).toBe(404);
  });
});
