import { arrayOf, tensorOf, type Datatype, type Input, type NumberDatatype } from './tensor';
import { bytesOf, tensorFrom } from './tensor-bytes';
import { elementsJson, quoteExact, tensorFromElements } from './tensor-json';

const inputs: readonly (readonly [Datatype, Input])[] = [
  ['BOOL', { data: [true, false, true] }],
  ['UINT8', { data: Uint8Array.of(0, 255) }],
  ['UINT16', { data: Uint16Array.of(0, 65535) }],
  ['UINT32', { data: Uint32Array.of(0, 4294967295) }],
  ['UINT64', { data: BigUint64Array.of(0n, 18446744073709551615n) }],
  ['INT8', { data: Int8Array.of(-128, 127) }],
  ['INT16', { data: Int16Array.of(-32768, 32767) }],
  ['INT32', { data: Int32Array.of(-2147483648, 2147483647) }],
  ['INT64', { data: BigInt64Array.of(-9223372036854775808n, 9007199254740993n) }],
  ['FP16', { data: Uint16Array.of(0x3c00, 0xc000), datatype: 'FP16' }],
  ['FP32', { data: Float32Array.of(0.1, -0, -Infinity, NaN) }],
  ['FP64', { data: Float64Array.of(0.1, -0, 1e300) }],
  ['BYTES', { data: ['', 'héllo', '"\\', '\ufeffmark'] }],
];

test.each(inputs)('%s: its datatype follows, and its bytes make it again', (datatype, input) => {
  const tensor = tensorOf('x', input);
  expect(tensor).toEqual({ datatype, shape: [1, input.data.length], data: input.data });
  const bytes = bytesOf(tensor);
  // At an odd place, as in an answer.
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  expect(tensorFrom(datatype, tensor.shape, shifted.subarray(1))).toEqual(tensor);
});

test.each(inputs.filter(([datatype]) => datatype !== 'FP16'))(
  '%s: JSON makes it again, to the last digit',
  (datatype, input) => {
    const tensor = tensorOf('x', input);
    const elements = JSON.parse(quoteExact(elementsJson('x', tensor))) as unknown[];
    expect(tensorFromElements('x', { datatype, shape: tensor.shape }, elements)).toEqual(tensor);
  },
);

test('a view of a larger array sends only itself', () => {
  const view = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  expect([...bytesOf(tensorOf('x', { data: view }))]).toEqual([0, 0, 0, 64, 0, 0, 64, 64]);
});

test('half floats do not travel as JSON', () => {
  const halves = tensorOf('x', { data: Uint16Array.of(1), datatype: 'FP16' });
  expect(() => elementsJson('x', halves)).toThrow(/tensor 'x': FP16/);
});

test.each<[Input, RegExp]>([
  [{ data: Float32Array.of(1), datatype: 'INT32' }, /'x': wanted data of INT32, got Float32Array/],
  [{ data: [1, 2] as never }, /typed array, or a list of strings or of booleans, got a list of n/],
  [{ data: ['a', true] as never }, /got a list of string/],
  [{ data: 5 as never }, /got number/],
])('what is no tensor is refused: %j', (input, message) => {
  expect(() => tensorOf('x', input)).toThrow(message);
});

test('numbers in strings stay as they are', () => {
  const json = '{"id":"12345678901234567890","data":[12345678901234567890,NaN,1.5]}';
  expect(JSON.parse(quoteExact(json))).toEqual({
    id: '12345678901234567890',
    data: ['12345678901234567890', 'NaN', 1.5],
  });
});

test('every number type has its array', () => {
  const types = inputs.map(([type]) => type).filter((type) => type !== 'BOOL' && type !== 'BYTES');
  expect(Object.keys(arrayOf).sort()).toEqual([...(types as NumberDatatype[])].sort());
});
