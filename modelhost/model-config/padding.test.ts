import type { Dimension, Signature, TensorSpec } from '../../protocol/signature';
import { batchingOf, checkConfig, checkPaddable } from './check-config';
import { fixedRows, servedSignature } from './padding';
import { parseModelConfig } from './parse-config';

function spec(name: string, shape: Dimension[] | null): TensorSpec {
  return { name, datatype: 'FP32', valueType: 'tensor(float)', shape };
}

function signature(x: Dimension[] | null, y: Dimension[] | null): Signature {
  return { inputs: [spec('x', x)], outputs: [spec('y', y)] };
}

const config = (file: unknown) => parseModelConfig(JSON.stringify(file), 'config.json');
const padded = { padding: true };
const fixed = signature([8, 16], [8, 3]);
const measured = { canBatch: true, rowUs: { alone: 5, batched: 9000 } };

test('the rows that a file fixes are those of all its tensors', () => {
  expect(fixedRows(fixed)).toBe(8);
  const map = { ...spec('z', null), datatype: null };
  expect(fixedRows({ ...fixed, outputs: [...fixed.outputs, map] })).toBe(8);
  expect(fixedRows(signature([8, 16], [4, 3]))).toBeNull();
  expect(fixedRows(signature([8, 16], [null, 3]))).toBeNull();
  expect(fixedRows(signature([8, 16], []))).toBeNull();
  expect(fixedRows(signature(null, [8, 3]))).toBeNull();
});

test('padded, rows are free for clients, and a run has as many as the file says', () => {
  const asked = config({ shoal: padded });
  const { inputs, outputs } = servedSignature(asked, fixed);
  expect([inputs[0]?.shape, outputs[0]?.shape]).toEqual([
    [null, 16],
    [null, 3],
  ]);
  expect(batchingOf(asked, fixed, measured, 64)).toEqual({
    allowed: true,
    maxRows: 8,
    gatherRows: 8,
    padTo: 8,
    configured: false,
    maxDelayUs: 0,
  });
  expect(
    batchingOf(config({ max_batch_size: 8, shoal: padded }), fixed, measured, 64),
  ).toMatchObject({ configured: true, maxRows: 8, padTo: 8 });
});

test('not padded, everything is as the file says', () => {
  expect(servedSignature(config({}), fixed)).toBe(fixed);
  expect(batchingOf(config({}), fixed, { ...measured, canBatch: false }, 64)).not.toHaveProperty(
    'padTo',
  );
});

test.each<[unknown, Signature]>([
  [{ shoal: padded }, fixed],
  [{ max_batch_size: 8, input: [{ name: 'x', dims: [16] }], shoal: padded }, fixed],
  [{ input: [{ name: 'x', dims: [8, 16] }], shoal: padded }, fixed],
])('%j fits', (file, model) => {
  expect(() => {
    checkConfig(config(file), model);
  }).not.toThrow();
});

test.each<[unknown, Signature, string]>([
  [{ shoal: padded }, signature([null, 16], [null, 3]), "got 'x' [-1,16], 'y' [-1,3]"],
  [{ shoal: padded }, signature([8, 16], [1, 3]), 'wanted the same first dimension'],
  [{ shoal: padded }, signature([1, 16], [1, 3]), 'fixed to 2 or more'],
  [{ max_batch_size: 4, shoal: padded }, fixed, 'max_batch_size: wanted 8 or nothing'],
  [{ max_batch_size: 0, shoal: padded }, fixed, 'max_batch_size: wanted 8 or nothing'],
  [{ shoal: { ...padded, batching: 'refuse' } }, fixed, 'shoal.batching'],
])('%j is refused', (file, model, fault) => {
  expect(() => {
    checkConfig(config(file), model);
  }).toThrow(fault);
});

test('rows that were not shown to be independent are refused, unless the operator knows better', () => {
  const told = { canBatch: false, whyNoBatch: 'it does not run on made-up input' };
  const check = (shoal: object) => () => {
    checkPaddable(config({ shoal }), told);
  };
  expect(check(padded)).toThrow('it does not run on made-up input');
  expect(check({ ...padded, batching: 'allow' })).not.toThrow();
  expect(check({})).not.toThrow();
});
