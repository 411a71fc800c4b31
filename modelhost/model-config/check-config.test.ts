import type { Dimension, Signature } from '../../protocol/signature';
import { batchingOf, checkConfig } from './check-config';
import { emptyConfig, type ModelConfig } from './model-config';
import { parseModelConfig } from './parse-config';

function signature(input: Dimension[] | null, output: Dimension[] | null): Signature {
  const spec = { datatype: 'FP32', valueType: 'tensor(float)' } as const;
  return {
    inputs: [{ ...spec, name: 'x', shape: input }],
    outputs: [{ ...spec, name: 'y', shape: output }],
  };
}

function config(file: unknown): ModelConfig {
  return parseModelConfig(JSON.stringify(file), 'config.json');
}

const free = signature(['N', 4], [null, 3]);
const fixed = signature([1, 4], [1, 3]);

describe('a configuration against the model', () => {
  test.each<[unknown, Signature]>([
    [{}, free],
    [{ max_batch_size: 8, input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [4] }] }, free],
    [{ input: [{ name: 'x', dims: [4] }] }, free],
    [{ input: [{ name: 'x', dims: [-1, 4] }] }, free],
    [{ max_batch_size: 0, input: [{ name: 'x', dims: [-1, 4] }] }, free],
    [{ max_batch_size: 0, input: [{ name: 'x', dims: [1, 4] }] }, fixed],
    [{ output: [{ name: 'y', dims: [5] }] }, signature([4], null)],
    [{ output: [{ name: 'y', dims: [1] }] }, signature([4], [])],
    [{ shoal: { image: { layout: 'CHW', height: 8, width: 8 } } }, signature(['N', 3, 8, 8], [1])],
    [{ shoal: { image: { layout: 'HWC', height: 8, width: 9 } } }, signature([8, 9, 3], [1])],
    [
      { shoal: { image: { layout: 'HWC', height: 8, width: 9 } } },
      signature([1, null, null, 3], [1]),
    ],
  ])('%j fits', (file, model) => {
    expect(() => {
      checkConfig(config(file), model);
    }).not.toThrow();
  });

  test.each<[unknown, Signature, string]>([
    [{ max_batch_size: 8 }, fixed, "max_batch_size: wanted 0, as the first dimension of 'x'"],
    [{ input: [{ name: 'z' }] }, free, "input.0.name: the model has no input 'z', it has x"],
    [
      { input: [{ name: 'x', data_type: 'TYPE_INT64' }] },
      free,
      'input.0.data_type: the model has FP32, got INT64',
    ],
    [{ max_batch_size: 8, input: [{ name: 'x', dims: [-1, 4] }] }, free, 'input.0.dims'],
    [
      { max_batch_size: 0, input: [{ name: 'x', dims: [4] }] },
      free,
      'the model has [-1,4], got [4]',
    ],
    [{ output: [{ name: 'y', dims: [-1] }] }, free, 'output.0.dims'],
    [
      { shoal: { image: { layout: 'HWC', height: 8, width: 8 } } },
      signature(['N', 3, 8, 8], [1]),
      'shoal.image',
    ],
  ])('%j is refused', (file, model, message) => {
    expect(() => {
      checkConfig(config(file), model);
    }).toThrow(message);
  });
});

describe('batching', () => {
  const can = { canBatch: true, rowUs: { alone: 60, batched: 10 } };
  const cannot = { canBatch: false, rowUs: { alone: 60, batched: 60 } };
  test.each([
    [{}, free, can, { allowed: true, maxRows: 64, configured: false }],
    [{}, free, cannot, { allowed: false, maxRows: 64, configured: false }],
    [{ max_batch_size: 0 }, free, can, { allowed: false, maxRows: 64, configured: false }],
    [{ max_batch_size: 8 }, free, can, { allowed: true, maxRows: 8, configured: true }],
    [{ shoal: { batching: 'refuse' } }, free, can, { allowed: false }],
    [{ shoal: { batching: 'allow' } }, free, cannot, { allowed: true }],
    [{ shoal: { batching: 'allow' } }, fixed, cannot, { allowed: false }],
  ])('%j', (file, model, measured, expected) => {
    const batching = batchingOf({ ...emptyConfig, ...config(file) }, model, measured, 64);
    expect(batching).toMatchObject(expected);
  });

  test.each([
    ['small models gain by sharing a run', {}, { alone: 8, batched: 1.5 }, 64],
    ['and even where the model does not gain', {}, { alone: 8, batched: 8 }, 64],
    ['large ones that gain nothing run alone', {}, { alone: 5100, batched: 5700 }, 1],
    ['large ones that gain share', {}, { alone: 9000, batched: 7000 }, 64],
    ['nothing is known', {}, { alone: 0, batched: 0 }, 64],
    ['the operator says so', { shoal: { batching: 'allow' } }, { alone: 5100, batched: 5700 }, 64],
    ['the operator sets a size', { max_batch_size: 8 }, { alone: 5100, batched: 5700 }, 8],
    [
      'the operator wants to wait for company',
      { dynamic_batching: { max_queue_delay_microseconds: 100 } },
      { alone: 5100, batched: 5700 },
      64,
    ],
  ])('%s', (_what, file, rowUs, gatherRows) => {
    const measured = { canBatch: true, rowUs };
    const batching = batchingOf({ ...emptyConfig, ...config(file) }, free, measured, 64);
    expect(batching).toMatchObject({ allowed: true, gatherRows });
  });
});
