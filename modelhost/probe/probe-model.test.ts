import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Signature } from '../../protocol/signature';
import {
  writeAbort,
  writeAcrossRows,
  writeAddOne,
  writeAllocate,
  writeRounds,
} from '../../tests/support/made-models';
import { spec } from '../../tests/support/servables';
import { describeShared, readManifest, sharedModelFile } from '../../tests/support/shared-models';
import { readModelFacts } from '../onnx/read-model';
import { wantsOwnRunner } from './own-runner';
import { probeModel } from './probe-model';
import type { ProbeOrder } from './probe-report';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'shoal-test-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const rows: Signature = { inputs: [spec('x', ['n', 3])], outputs: [spec('y', ['n', 3])] };
const limits = { timeLimitMs: 20_000, memoryLimitBytes: 1.5 * 1024 ** 3 };

function order(file: string, signature: Signature, more: Partial<ProbeOrder> = {}): ProbeOrder {
  return { path: file, signature, ...limits, ...more };
}

test('a good model is loaded, run and measured', async () => {
  const report = await probeModel(order(writeAddOne(directory), rows));
  expect(report).toMatchObject({ ran: true, canBatch: true, whyNoBatch: '' });
  expect(report.loadMs).toBeGreaterThan(0);
  expect(report.residentBytes).toBeGreaterThan(0);
  expect(report.rowUs.alone).toBeGreaterThan(report.rowUs.batched);
});

test('runs of ordered sizes are measured beside, where rows can be put together', async () => {
  const sizes = [1, 8, 32];
  const { rowTimes = [] } = await probeModel(order(writeAddOne(directory), rows, { sizes }));
  expect(rowTimes.map((time) => time.rows)).toEqual(sizes);
  expect(rowTimes[0]!.us).toBeGreaterThan(rowTimes[2]!.us);
  const across = await probeModel(order(writeAcrossRows(directory), rows, { sizes }));
  expect(across.rowTimes?.map((time) => time.rows)).toEqual([1]);
});

test('rows that depend on each other are found out', async () => {
  const report = await probeModel(order(writeAcrossRows(directory), rows));
  expect(report).toMatchObject({ ran: true, canBatch: false });
  expect(report.whyNoBatch).toContain('depends on the other rows');
});

test('a model that ends its process is rejected, in words', async () => {
  await expect(probeModel(order(writeAbort(directory), rows))).rejects.toMatchObject({
    code: 'model_rejected',
    message: expect.stringMatching(/^The model cannot be served: when run.*SIGABRT/) as string,
  });
});

test('a model over its time is rejected', async () => {
  const signature = {
    inputs: [spec('rounds', [], 'INT64')],
    outputs: [spec('y', [96, 96])],
  };
  // Constant work that does not end in time: the made-up number of rounds is replaced in the file.
  const file = writeRounds(directory, 100_000_000);
  await expect(probeModel(order(file, signature, { timeLimitMs: 500 }))).rejects.toMatchObject({
    code: 'model_rejected',
    message: expect.stringContaining('it took more than 500 ms') as string,
  });
});

test('a model over its memory is rejected', async () => {
  const signature = { inputs: [spec('n', [1], 'INT64')], outputs: [spec('y', [])] };
  const file = writeAllocate(directory, 500_000_000);
  const memoryLimitBytes = 300 * 1024 ** 2;
  await expect(probeModel(order(file, signature, { memoryLimitBytes }))).rejects.toMatchObject({
    code: 'model_rejected',
    message: expect.stringContaining('bytes of memory') as string,
  });
});

test.each([
  [{ loadMs: 10, rowUs: { alone: 100, batched: 10 } }, false],
  [{ loadMs: 251, rowUs: { alone: 100, batched: 10 } }, true],
  [{ loadMs: 10, rowUs: { alone: 100_001, batched: 10 } }, true],
])('%j wants its own runner: %p', (report, wanted) => {
  expect(wantsOwnRunner(report)).toBe(wanted);
});

describeShared('probing the shared models', () => {
  const models = readManifest().models.map(({ name }) => name);
  const named = (prefix: string): string[] => models.filter((name) => name.startsWith(prefix));
  const probe = async (name: string) => {
    const file = sharedModelFile(name);
    return await probeModel(order(file, (await readModelFacts(file)).signature));
  };

  const unreadable = ['bad_corrupt_protobuf', 'bad_lfs_pointer'];
  it.each(named('bad_'))('%s is rejected, without a path of the server', async (name) => {
    const file = sharedModelFile(name);
    const signature = unreadable.includes(name) ? rows : (await readModelFacts(file)).signature;
    const refused = probeModel(order(file, signature));
    await expect(refused).rejects.toMatchObject({ code: 'model_rejected' });
    await expect(refused).rejects.not.toThrow(path.dirname(file));
  });

  it('hostile_cast_float_to_int4 is contained', async () => {
    const file = sharedModelFile('hostile_cast_float_to_int4');
    const signature = { inputs: [spec('input', [5, 5])], outputs: [spec('output', [5, 5])] };
    await expect(probeModel(order(file, signature))).rejects.toMatchObject({
      code: 'model_rejected',
    });
  });

  it('hostile_light_zfnet512 is rejected where memory is short', async () => {
    const file = sharedModelFile('hostile_light_zfnet512');
    const { signature } = await readModelFacts(file);
    const memoryLimitBytes = 300 * 1024 ** 2;
    await expect(probeModel(order(file, signature, { memoryLimitBytes }))).rejects.toMatchObject({
      code: 'model_rejected',
    });
  });

  it.each([
    ['tinybert', true, true],
    ['java_three_output', true, true],
    ['triton_simple_string', true, true],
    ['external_data_java_matmul', true, true],
    ['qlstm', true, false],
    ['squeezenet_fp16', true, false],
    ['types_string', true, false],
    // It takes whole stretches of sound only, which is no fault.
    ['silero_vad', true, false],
  ])('%s: ran %p, can be batched %p', async (name, ran, canBatch) => {
    expect(await probe(name)).toMatchObject({ ran, canBatch });
  });
});
