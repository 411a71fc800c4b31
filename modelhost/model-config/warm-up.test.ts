import type { Signature } from '../../protocol/signature';
import { spec } from '../../tests/support/servables';
import { configDigest } from './config-files';
import { checkConfig } from './check-config';
import { emptyConfig } from './model-config';
import { parseModelConfig } from './parse-config';
import { warmUpsOf } from './warm-up';

const signature: Signature = {
  inputs: [spec('x', ['n', 4]), spec('ids', [null, null], 'INT64')],
  outputs: [spec('y', ['n', 3])],
};

const x = { data_type: 'TYPE_FP32', dims: [4], zero_data: true };
const mib = 1024 ** 2;
const measured = { batchedUs: 50, residentBytes: 8000, fileBytes: 0 };
const ids = { data_type: 'TYPE_INT64', dims: ['7'], random_data: true };
const warm = { name: 'eight', batch_size: 8, count: 2, inputs: { x, ids } };
const config = (file: object) => parseModelConfig(JSON.stringify(file), 'config.json');
const asked = (warmUp: object, more: object = {}) => config({ ...more, model_warmup: [warmUp] });

const eight = {
  field: "model_warmup.0 'eight'",
  count: 2,
  seed: 1,
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [8, 4], flavour: 'zero' },
    { name: 'ids', datatype: 'INT64', shape: [8, 7], flavour: 'varied' },
  ],
};
const ran = {
  ran: true,
  madeUpBy: { flavour: 'one', seed: 5, freeSize: 2 },
  rowUs: { alone: 100, batched: 50 },
  residentBytes: 8000,
} as const;

test('JSON and text say the same', () => {
  const text = `
    model_warmup [{
      name: "eight" batch_size: 8 count: 2
      inputs { key: "x" value { data_type: TYPE_FP32 dims: 4 zero_data: true } }
      inputs { key: "ids" value { data_type: TYPE_INT64 dims: [ 7 ] random_data: true } }
    }]`;
  const parsed = parseModelConfig(text, 'config.pbtxt');
  expect(parsed).toEqual(asked(warm));
  expect(parsed.unknownFields).toEqual([]);
  checkConfig(parsed, signature);
  expect(warmUpsOf(parsed, signature, ran)).toEqual([eight]);
});

test('without one it is the example input, where the model ran on it', () => {
  expect(warmUpsOf(emptyConfig, signature, ran)).toEqual([
    {
      field: '',
      exampleRows: 1,
      count: 1,
      seed: 5,
      inputs: [
        { name: 'x', datatype: 'FP32', shape: [1, 4], flavour: 'one' },
        { name: 'ids', datatype: 'INT64', shape: [1, 2], flavour: 'one' },
      ],
    },
  ]);
  expect(warmUpsOf(emptyConfig, signature, { ...ran, ran: false })).toEqual([]);
  const older = { ...ran, madeUpBy: undefined };
  expect(warmUpsOf(emptyConfig, signature, older)[0]?.inputs[0]?.flavour).toBe('varied');
});

test.each<[string, object, number[], Partial<typeof measured>?]>([
  ['the largest run', { max_batch_size: 16 }, [1, 16]],
  [
    'those that are preferred',
    { dynamic_batching: { preferred_batch_size: [8, 4, 8] } },
    [1, 4, 8],
  ],
  [
    'both, none larger than the largest',
    { max_batch_size: 6, dynamic_batching: { preferred_batch_size: [4, 8] } },
    [1, 4, 6],
  ],
  ['none where no rows are put together', { max_batch_size: 0 }, [1]],
  ['nor where that is refused', { max_batch_size: 16, shoal: { batching: 'refuse' } }, [1]],
  ['no longer than a run may take', { max_batch_size: 64 }, [1, 25], { batchedUs: 10_000 }],
  [
    'those that are preferred whatever they take',
    { max_batch_size: 64, dynamic_batching: { preferred_batch_size: [40, 100_000] } },
    [1, 4, 40, 64],
    { batchedUs: 10_000, residentBytes: 1024 * mib },
  ],
  ['nor with more memory', { max_batch_size: 64 }, [1, 32], { residentBytes: 128 * mib }],
  [
    'nor that of the model itself',
    { max_batch_size: 64 },
    [1, 64],
    { residentBytes: 64 * mib + 9, fileBytes: 64 * mib },
  ],
])('rows of the example input that are warm: %s', (_what, file, rows, how = {}) => {
  const { batchedUs, residentBytes, fileBytes } = { ...measured, ...how };
  const probe = { ...ran, rowUs: { alone: 100, batched: batchedUs }, residentBytes };
  const runs = warmUpsOf(config(file), signature, probe, fileBytes);
  expect(runs.map(({ inputs }) => inputs.map(({ shape }) => shape))).toEqual(
    rows.map((each) => [
      [each, 4],
      [each, 2],
    ]),
  );
});

test('only what is preferred has been asked for', () => {
  const file = { max_batch_size: 16, dynamic_batching: { preferred_batch_size: [4] } };
  const fields = (how: object) =>
    warmUpsOf(config(file), signature, { ...ran, ...how }).map(({ field, exampleRows }) => [
      exampleRows,
      field,
    ]);
  const preferred = [4, 'dynamic_batching.preferred_batch_size'];
  expect(fields({})).toEqual([[1, ''], preferred, [16, '']]);
  expect(fields({ ran: false })).toEqual([preferred]);
});

test('rows that are fixed, or none, are one run', () => {
  const fixed = { inputs: [spec('x', [3, 4])], outputs: [] };
  const preferred = config({ dynamic_batching: { preferred_batch_size: [8] } });
  const shapes = warmUpsOf(preferred, fixed, ran).map(({ inputs }) => inputs[0]?.shape);
  expect(shapes).toEqual([[3, 4]]);
});

test('dims without rows are one request as it is', () => {
  const whole = { x: { ...x, dims: [3, 4] }, ids: { ...ids, dims: [3, 7] } };
  const shapes = (file: ReturnType<typeof config>) =>
    warmUpsOf(file, signature, ran)[0]?.inputs.map(({ shape }) => shape);
  const one = { batch_size: 1, inputs: whole };
  expect(shapes(asked(one))).toEqual([
    [3, 4],
    [3, 7],
  ]);
  expect(shapes(asked(one, { max_batch_size: 0 }))).toEqual([
    [3, 4],
    [3, 7],
  ]);
  const scalars = { inputs: [spec('s', [])], outputs: [] };
  const scalar = { batch_size: 1, inputs: { s: { ...x, dims: [1] } } };
  expect(warmUpsOf(asked(scalar), scalars, ran)[0]?.inputs[0]?.shape).toEqual([]);
});

test.each<[string, object, object?]>([
  [
    'model_warmup.0.batch_size: wanted 1, as',
    { ...warm, inputs: { x: { ...x, dims: [3, 4] }, ids } },
  ],
  ['model_warmup.0.batch_size: wanted at most 4, got 8', warm, { max_batch_size: 4 }],
  ['model_warmup.0.batch_size: wanted at most 1, got 8', warm, { max_batch_size: 0 }],
  ['model_warmup.0.inputs: wanted x, ids, got x', { ...warm, inputs: { x } }],
  ['model_warmup.0.inputs: wanted x, ids, got x, ids, z', { ...warm, inputs: { x, ids, z: x } }],
  ['model_warmup.0.inputs.x.data_type: wanted FP32', { ...warm, inputs: { x: ids, ids } }],
  [
    'model_warmup.0.inputs.x.dims: the model has [-1,4], got [5]',
    { ...warm, inputs: { x: { ...x, dims: [5] }, ids } },
  ],
  [
    'model_warmup.0.inputs.x.dims',
    { ...warm, batch_size: 1, inputs: { x: { ...x, dims: [1, 4] }, ids } },
    { max_batch_size: 8 },
  ],
])('what the model contradicts is refused: %s', (message, warmUp, more = {}) => {
  expect(() => {
    checkConfig(asked(warmUp, more), signature);
  }).toThrow(message);
});

test.each<[string, object]>([
  ['model_warmup.0.batch_size: wanted a whole number from 1', { inputs: { x, ids } }],
  ['model_warmup.0.batch_size: wanted a whole number from 1', { ...warm, batch_size: 0 }],
  [
    'model_warmup.0.inputs.x.input_data_file: wanted zero_data or random_data',
    { ...warm, inputs: { x: { ...x, input_data_file: 'raw' } } },
  ],
  [
    'model_warmup.0.inputs.x: wanted one of zero_data and random_data',
    { ...warm, inputs: { x: { ...x, random_data: true } } },
  ],
  ['model_warmup.0.inputs.x.dims', { ...warm, inputs: { x: { ...x, dims: [-1] } } }],
  [
    'model_warmup.0.inputs.x.data_type',
    { ...warm, inputs: { x: { ...x, data_type: 'TYPE_BF16' } } },
  ],
  ['model_warmup.0.inputs', { ...warm, inputs: 'all' }],
])('what is wrong by itself is refused: %s', (message, warmUp) => {
  expect(() => asked(warmUp)).toThrow(message);
});

test('what says nothing of it means what it meant before', () => {
  const before = configDigest({ ...emptyConfig, warmUps: undefined as never });
  expect(configDigest(emptyConfig)).toBe(before);
  expect(configDigest(asked(warm))).not.toBe(before);
});
