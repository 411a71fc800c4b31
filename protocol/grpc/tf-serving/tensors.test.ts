import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { bytesData } from '../../bytes-elements';
import { datatypes } from '../../datatype';
import { tensors } from '../../../tests/support/arbitrary-tensors';
import { DataType, TensorProtoSchema } from '../generated/tf-tensor_pb';
import { typeOf } from './element-lists';
import { readTensor } from './read-tensor';
import { writeTensor } from './write-tensor';

type Init = Parameters<typeof create<typeof TensorProtoSchema>>[1];

function read(init: Init): { shape: readonly number[]; bytes: number[] } {
  const { shape, data } = readTensor('x', create(TensorProtoSchema, init));
  return { shape, bytes: [...data] };
}

function shaped(...dims: number[]): { dim: { size: bigint }[] } {
  return { dim: dims.map((size) => ({ size: BigInt(size) })) };
}

function floats(...values: number[]): number[] {
  return [...new Uint8Array(Float32Array.from(values).buffer)];
}

describe.each(datatypes)('a TensorProto of %s', (datatype) => {
  test('written and read is the tensor that it was', () => {
    fc.assert(
      fc.property(tensors(datatype), (tensor) => {
        const { name, shape, data, ...rest } = readTensor('X', writeTensor(tensor));
        expect({ name, shape, ...rest }).toEqual({ name: 'X', shape: tensor.shape, datatype });
        expect(Buffer.from(data).equals(tensor.data)).toBe(true);
      }),
    );
  });

  test('is read from its content as well', () => {
    if (datatype === 'BYTES') return;
    fc.assert(
      fc.property(tensors(datatype), ({ shape, data }) => {
        const content = { dtype: typeOf[datatype], tensorShape: shaped(...shape) };
        expect(read({ ...content, tensorContent: data }).bytes).toEqual([...data]);
      }),
    );
  });
});

test('the last element stands for those that do not come; none for zeros', () => {
  const { DT_FLOAT, DT_STRING, DT_INT64 } = DataType;
  const three = shaped(3);
  expect(read({ dtype: DT_FLOAT, tensorShape: three, floatVal: [1, 2] })).toEqual({
    shape: [3],
    bytes: floats(1, 2, 2),
  });
  expect(read({ dtype: DT_INT64, tensorShape: shaped(2) }).bytes).toEqual(Array(16).fill(0));
  const texts = { dtype: DT_STRING, tensorShape: three, stringVal: [Buffer.from('ab')] };
  expect(read(texts).bytes).toEqual([...bytesData(['ab', 'ab', 'ab'])]);
  expect(read({ dtype: DT_STRING, tensorShape: shaped(2) }).bytes).toEqual(Array(8).fill(0));
});

test.each<[string, Init, string]>([
  ['a type that no model has', { dtype: 0 }, 'dtype DT_INVALID is none'],
  ['a number that is no type', { dtype: 8 as DataType }, 'dtype 8 is none'],
  ['no rank', { dtype: 1, tensorShape: { unknownRank: true } }, 'of unknown rank'],
  ['a size below 0', { dtype: 1, tensorShape: shaped(-1) }, "shape [-1] of input 'x'"],
  ['too many sizes', { dtype: 1, tensorShape: shaped(2 ** 31) }, 'below 2^31'],
  ['too many', { dtype: 1, tensorShape: shaped(1), floatVal: [1, 2] }, 'came with 2'],
  ['text as content', { dtype: 7, tensorContent: Buffer.from('a') }, 'stand in string_val'],
  ['an INT8 of 128', { dtype: 6, intVal: [128] }, 'element 0 of input'],
  ['a UINT8 below 0', { dtype: 4, intVal: [-1] }, 'beyond what UINT8 holds'],
  [
    'half a gigabyte of one',
    { dtype: 1, tensorShape: shaped(2 ** 27), floatVal: [1] },
    '1 elements',
  ],
  [
    'a gigabyte of one text',
    { dtype: 7, tensorShape: shaped(2 ** 20), stringVal: [Buffer.alloc(1024)] },
    'wanted all of them',
  ],
])('%s is refused', (_, init, words) => {
  expect(() => read(init)).toThrow(words);
});
