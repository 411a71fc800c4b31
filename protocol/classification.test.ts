import type { Datatype } from './datatype';
import { bytesElements } from './bytes-elements';
import { classified, refuseUnclassified, type Classifying } from './classification';
import type { Tensor } from './tensor';

function tensor(datatype: Datatype, shape: readonly number[], data: ArrayBufferView): Tensor {
  const { buffer, byteOffset, byteLength } = data;
  return { name: 'y', datatype, shape, data: new Uint8Array(buffer, byteOffset, byteLength) };
}

const floats = (shape: readonly number[], ...values: number[]): Tensor =>
  tensor('FP32', shape, Float32Array.from(values));

function classes(
  of: Tensor,
  how: Partial<Classifying>,
): { shape: readonly number[]; texts: string[] } {
  const answer = classified(of, { count: 1, labels: [], batched: true, ...how });
  expect(answer).toMatchObject({ name: 'y', datatype: 'BYTES' });
  return { shape: answer.shape, texts: bytesElements('y', answer.data).map(String) };
}

describe('classified', () => {
  test('is what Triton answers', () => {
    const row = Array.from({ length: 16 }, (_, at) => at + 2);
    expect(classes(floats([1, 16], ...row), { count: 3 })).toEqual({
      shape: [1, 3],
      texts: ['17.000000:15', '16.000000:14', '15.000000:13'],
    });
    expect(classes(floats([2, 16], ...row, ...row), { count: 2 })).toEqual({
      shape: [2, 2],
      texts: ['17.000000:15', '16.000000:14', '17.000000:15', '16.000000:14'],
    });
    expect(classes(floats([1, 16], ...row), { count: 99 }).shape).toEqual([1, 16]);
  });

  test('rows count as classes where nothing is batched', () => {
    const answer = classes(floats([2, 2], 1, 4, 3, 2), { count: 3, batched: false });
    expect(answer).toEqual({ shape: [3], texts: ['4.000000:1', '3.000000:2', '2.000000:3'] });
  });

  test('labels stand behind, as far as there are any', () => {
    const answer = classes(floats([4], 1, 4, 3, 2), {
      count: 4,
      batched: false,
      labels: ['cat', 'dog: large', ''],
    });
    expect(answer.texts).toEqual([
      '4.000000:1:dog: large',
      '3.000000:2',
      '2.000000:3',
      '1.000000:0:cat',
    ]);
  });

  test('of equals the lower index comes first, and NaN last', () => {
    const answer = classes(floats([1, 6], 1, NaN, 2, 2, -Infinity, 2), { count: 6 });
    expect(answer.texts.map((text) => Number(text.split(':')[1]))).toEqual([2, 3, 5, 0, 1, 4]);
    const fewer = classes(floats([1, 6], 1, 3, 2, 2, 0, 2), { count: 2 });
    expect(fewer.texts).toEqual(['3.000000:1', '2.000000:2']);
  });

  test.each([
    ['UINT8', Uint8Array.of(1, 255), '255:1'],
    ['UINT16', Uint16Array.of(1, 65535), '65535:1'],
    ['UINT32', Uint32Array.of(1, 4294967295), '4294967295:1'],
    ['UINT64', BigUint64Array.of(1n, 18446744073709551615n), '18446744073709551615:1'],
    ['INT8', Int8Array.of(-128, -1), '-1:1'],
    ['INT16', Int16Array.of(-1, 32767), '32767:1'],
    ['INT32', Int32Array.of(-1, -2), '-1:0'],
    ['INT64', BigInt64Array.of(9007199254740992n, 9007199254740993n), '9007199254740993:1'],
    ['FP64', Float64Array.of(1e300, 0.125), undefined],
    ['FP64', Float64Array.of(-1, 0.1), '0.100000:1'],
  ] as const)('%s', (datatype, values, text) => {
    const { texts } = classes(tensor(datatype, [1, 2], values), {});
    if (text === undefined) expect(texts[0]).toMatch(/^1\d{300}\.000000:0$/);
    else expect(texts).toEqual([text]);
  });

  test('data may lie anywhere', () => {
    const data = new Uint8Array(9);
    data.set(new Uint8Array(Float32Array.of(1, 2).buffer), 1);
    expect(classes(tensor('FP32', [1, 2], data.subarray(1)), {}).texts).toEqual(['2.000000:1']);
  });

  test('nothing has no classes', () => {
    expect(classes(floats([0, 3]), { count: 2 })).toEqual({ shape: [0, 2], texts: [] });
    expect(classes(floats([2, 0]), { count: 2 })).toEqual({ shape: [2, 0], texts: [] });
    expect(classes(floats([], 5), { count: 2 })).toEqual({ shape: [1], texts: ['5.000000:0'] });
  });

  test('takes a million elements and no more', () => {
    const most = floats([1, 1_000_000], ...[]);
    const large = { ...most, data: new Uint8Array(4_000_000) };
    expect(classes(large, {}).texts).toEqual(['0.000000:0']);
    expect(() => classes({ ...large, shape: [1, 1_000_001] }, {})).toThrow(/1000001 elements/);
  });

  test.each(['BOOL', 'FP16', 'BYTES', null] as const)('%s has no classes', (datatype) => {
    expect(() => {
      refuseUnclassified('y', datatype);
    }).toThrow(/classification of output 'y' is not possible: wanted UINT8, /);
  });
});
