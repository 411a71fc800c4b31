import { ShoalError } from '../../core/errors';
import type { Tensor } from '../../protocol/tensor';
import { encodeElements } from '../../tests/support/shared-cases';
import { tensorOf, typedData } from './typed-data';

const fixed = [
  ['BOOL', 'bool'],
  ['UINT8', 'uint8'],
  ['INT8', 'int8'],
  ['UINT16', 'uint16'],
  ['INT16', 'int16'],
  ['UINT32', 'uint32'],
  ['INT32', 'int32'],
  ['UINT64', 'uint64'],
  ['INT64', 'int64'],
  ['FP32', 'float32'],
  ['FP64', 'float64'],
] as const;

test.each(fixed)('%s is %s for the runtime and comes back unchanged', (datatype, type) => {
  const data = encodeElements(datatype, [1, 0, 1]);
  const tensor: Tensor = { name: 'x', datatype, shape: [3], data };
  const typed = typedData(tensor);
  expect(typed.type).toBe(type);
  expect(tensorOf('x', typed.type, [3], typed.data)).toEqual({
    ...tensor,
    data: new Uint8Array(data),
  });
});

test('aligned bytes are not copied, others are, Buffers too', () => {
  const buffer = new ArrayBuffer(32);
  const at = (offset: number): ArrayBufferView => {
    const data = Buffer.from(buffer, offset, 8);
    return typedData({ name: 'x', datatype: 'FP64', shape: [1], data }).data as Float64Array;
  };
  expect(at(8).buffer).toBe(buffer);
  expect(at(4).buffer).not.toBe(buffer);
});

test('any bool that is not 0 is 1', () => {
  const data = Uint8Array.from([0, 1, 2, 255]);
  const typed = typedData({ name: 'x', datatype: 'BOOL', shape: [4], data }).data;
  expect(typed).toEqual(Uint8Array.from([0, 1, 1, 1]));
  expect([...data]).toEqual([0, 1, 2, 255]);
});

const text = (...texts: string[]): Tensor => ({
  name: 'x',
  datatype: 'BYTES',
  shape: [texts.length],
  data: encodeElements('BYTES', texts),
});

test('texts come and go as they are', () => {
  const texts = ['', 'Grüße', '🐟', '\ufffd', 'x'.repeat(100_000)];
  const typed = typedData(text(...texts));
  expect(typed).toEqual({ type: 'string', data: texts });
  expect(Buffer.from(tensorOf('x', 'string', [5], typed.data)!.data)).toEqual(
    Buffer.from(text(...texts).data),
  );
});

function codeOf(tensor: Tensor): string {
  try {
    typedData(tensor);
  } catch (error) {
    return error instanceof ShoalError ? `${error.code}: ${error.message}` : 'no ShoalError';
  }
  return 'fine';
}

test('texts that the runtime would alter are refused by their number', () => {
  expect(codeOf(text('a', 'b\0c'))).toMatch(/^unsupported_value: Element 1 of input 'x' has a NUL/);
  const invalid = { ...text('ab'), data: Uint8Array.from([2, 0, 0, 0, 0xff, 0xfe]) };
  expect(codeOf(invalid)).toMatch(/^unsupported_value: Element 0 of input 'x' is not UTF-8/);
});

test('bytes that do not hold the shape are refused', () => {
  expect(codeOf({ ...text('a', 'b'), shape: [3] })).toMatch(/^malformed_body/);
  expect(codeOf({ ...text('a', 'b'), shape: [1] })).toMatch(/^malformed_body/);
  expect(codeOf({ ...text('ab'), data: Uint8Array.from([9, 0, 0, 0, 65]) })).toMatch(
    /^malformed_body/,
  );
  expect(codeOf({ name: 'x', datatype: 'INT32', shape: [2], data: new Uint8Array(7) })).toMatch(
    /^malformed_body/,
  );
});
