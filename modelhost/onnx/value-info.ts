import type { Datatype } from '../../protocol/datatype';
import type { Dimension, TensorSpec } from '../../protocol/signature';
import { each, int, once, type ProtobufReader, type Span } from './protobuf-reader';
import { rejected } from './rejected';

/** More dimensions than any tensor has. */
export const maxRank = 64;

/** The type of an input or output: what we carry it as, if we do, and in ONNX's words. */
export interface ValueType {
  readonly datatype: Datatype | null;
  readonly words: string;
  readonly shape: readonly Dimension[] | null;
}

/** Element types by their number in a file: ONNX's word, and ours where the runtime carries it. */
const elementTypes: readonly (readonly [word: string, datatype: Datatype | null])[] = [
  ['undefined', null],
  ['float', 'FP32'],
  ['uint8', 'UINT8'],
  ['int8', 'INT8'],
  ['uint16', 'UINT16'],
  ['int16', 'INT16'],
  ['int32', 'INT32'],
  ['int64', 'INT64'],
  ['string', 'BYTES'],
  ['bool', 'BOOL'],
  ['float16', 'FP16'],
  ['double', 'FP64'],
  ['uint32', 'UINT32'],
  ['uint64', 'UINT64'],
  ['complex64', null],
  ['complex128', null],
  ['bfloat16', null],
  ['float8e4m3fn', null],
  ['float8e4m3fnuz', null],
  ['float8e5m2', null],
  ['float8e5m2fnuz', null],
  ['uint4', null],
  ['int4', null],
  ['float4e2m1', null],
  ['float8e8m0', null],
  ['uint2', null],
  ['int2', null],
];

export const undeclared: ValueType = { datatype: null, words: 'undeclared', shape: null };

/** One input or output of a graph (ValueInfoProto). */
export async function readValueInfo(reader: ProtobufReader, span: Span): Promise<TensorSpec> {
  let name = '';
  let type = undeclared;
  await reader.walk(span, {
    1: each((field) => {
      name = reader.text(field);
    }),
    2: once(async (field) => {
      type = await readType(reader, field);
    }),
  });
  return { name, datatype: type.datatype, valueType: type.words, shape: type.shape };
}

/** TypeProto: a choice of kinds of value; the last one written counts, as in protobuf. */
async function readType(reader: ProtobufReader, span: Span): Promise<ValueType> {
  let type = undeclared;
  const kind = (read: (field: Span) => Promise<ValueType>): ReturnType<typeof once> =>
    once(async (field) => {
      type = await read(field);
    });
  await reader.walk(span, {
    1: kind((field) => readTensorType(reader, field)),
    4: kind(async (field) => wrapped('seq', await readElement(reader, field))),
    5: kind((field) => readMapType(reader, field)),
    7: kind(() => Promise.resolve({ ...undeclared, words: 'opaque' })),
    8: kind(async (field) => {
      const { words } = await readTensorType(reader, field);
      return { ...undeclared, words: `sparse_${words}` };
    }),
    9: kind(async (field) => {
      const element = await readElement(reader, field);
      return { ...element, words: `optional(${element.words})` };
    }),
  });
  return type;
}

export function wrapped(kind: string, element: ValueType): ValueType {
  return { datatype: null, words: `${kind}(${element.words})`, shape: null };
}

/** The element type of TypeProto.Sequence and TypeProto.Optional. */
async function readElement(reader: ProtobufReader, span: Span): Promise<ValueType> {
  let type = undeclared;
  await reader.walk(span, {
    1: once(async (field) => {
      type = await readType(reader, field);
    }),
  });
  return type;
}

async function readMapType(reader: ProtobufReader, span: Span): Promise<ValueType> {
  let key = 0n;
  let value = undeclared;
  await reader.walk(span, {
    1: int((number) => {
      key = number;
    }),
    2: once(async (field) => {
      value = await readType(reader, field);
    }),
  });
  return mapOf(key, value);
}

/** In a map, tensors of one value are called by what they hold. */
export function mapOf(key: bigint, value: ValueType): ValueType {
  const plain = /^tensor\((\w+)\)$/.exec(value.words);
  const words = `map(${elementType(key)[0]},${plain?.[1] ?? value.words})`;
  return { datatype: null, words, shape: null };
}

async function readTensorType(reader: ProtobufReader, span: Span): Promise<ValueType> {
  let element = 0n;
  let shape: Dimension[] | null = null;
  await reader.walk(span, {
    1: int((number) => {
      element = number;
    }),
    2: once(async (field) => {
      shape = await readShape(reader, field);
    }),
  });
  const [word, datatype] = elementType(element);
  return { datatype, words: `tensor(${word})`, shape };
}

/** ONNX's word for elements of this number, and ours where the runtime carries them. */
export function elementType(number: bigint): readonly [string, Datatype | null] {
  return elementTypes[Number(number)] ?? [`type ${number.toString()}`, null];
}

async function readShape(reader: ProtobufReader, span: Span): Promise<Dimension[]> {
  const shape: Dimension[] = [];
  await reader.walk(span, {
    1: each(async (field) => {
      if (shape.length === maxRank) throw rejected(`A shape has more than ${maxRank} dimensions.`);
      shape.push(await readDimension(reader, field));
    }),
  });
  return shape;
}

/** A negative size and an empty name are how some exporters write a free dimension. */
async function readDimension(reader: ProtobufReader, span: Span): Promise<Dimension> {
  let dimension: Dimension = null;
  await reader.walk(span, {
    1: int((value) => {
      dimension = value < 0n ? null : Number(value);
    }),
    2: each((field) => {
      dimension = reader.text(field) || null;
    }),
  });
  return dimension;
}
