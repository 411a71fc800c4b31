import type { Datatype } from '../../protocol/datatype';
import type { Tensor } from '../../protocol/tensor';
import { encodeElements, encodeStrings } from './shared-cases';

/** ONNX's numbers of element types. */
const datatypes: Readonly<Record<number, Datatype>> = {
  1: 'FP32',
  2: 'UINT8',
  3: 'INT8',
  4: 'UINT16',
  5: 'INT16',
  6: 'INT32',
  7: 'INT64',
  8: 'BYTES',
  9: 'BOOL',
  10: 'FP16',
  11: 'FP64',
  12: 'UINT32',
  13: 'UINT64',
};

/** One field of a protobuf message: a number, or the bytes of whatever has a length. */
interface Field {
  readonly number: number;
  readonly value: bigint | Buffer;
}

/** The tensor inside an OptionalProto of the test suite. */
export function readOptionalProto(bytes: Buffer, name: string): Tensor {
  const value = readFields(bytes).find(({ number }) => number === 3);
  if (value === undefined) throw new Error(`${name} holds no tensor`);
  return readTensorProto(asBytes(value.value), name);
}

/** A TensorProto as the ONNX backend test suite stores them, under the given name. */
export function readTensorProto(bytes: Buffer, name: string): Tensor {
  const fields = readFields(bytes);
  const of = (number: number): Field['value'][] =>
    fields.filter((field) => field.number === number).map((field) => field.value);
  const shape = of(1).flatMap(varints).map(Number);
  const datatype = datatypes[Number(of(2)[0])];
  if (datatype === undefined) throw new Error(`${name} has element type ${String(of(2)[0])}`);
  const [raw] = of(9);
  if (raw !== undefined) return { name, datatype, shape, data: asBytes(raw) };
  return { name, datatype, shape, data: typedData(datatype, of) };
}

function typedData(datatype: Datatype, of: (number: number) => Field['value'][]): Uint8Array {
  if (datatype === 'FP32') return Buffer.concat(of(4).map(asBytes));
  if (datatype === 'FP64') return Buffer.concat(of(10).map(asBytes));
  if (datatype === 'BYTES') return encodeStrings(of(6).map(asBytes).map(String));
  if (datatype === 'INT64') return encodeElements('INT64', of(7).flatMap(varints));
  const wide = datatype === 'UINT64' || datatype === 'UINT32';
  const numbers: bigint[] = of(wide ? 11 : 5).flatMap(varints);
  if (datatype === 'FP16') return encodeElements('UINT16', numbers);
  return encodeElements(datatype, datatype === 'BOOL' ? numbers.map(Number) : numbers);
}

function asBytes(value: Field['value']): Buffer {
  if (typeof value === 'bigint') throw new Error('a number where bytes were expected');
  return value;
}

function varints(value: Field['value']): bigint[] {
  if (typeof value === 'bigint') return [BigInt.asIntN(64, value)];
  const numbers: bigint[] = [];
  for (let at = 0; at < value.length;) {
    const [number, next] = readVarint(value, at);
    numbers.push(BigInt.asIntN(64, number));
    at = next;
  }
  return numbers;
}

function readFields(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length;) {
    const [key, start] = readVarint(bytes, at);
    const wire = Number(key & 7n);
    const [value, next]: [bigint | Buffer, number] =
      wire === 0 ? readVarint(bytes, start) : readBytes(bytes, start, wire);
    fields.push({ number: Number(key >> 3n), value });
    at = next;
  }
  return fields;
}

/** Bytes of the wire types that have no length in front. */
const fixedSizes: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

function readBytes(bytes: Buffer, at: number, wire: number): [Buffer, number] {
  const fixed = fixedSizes[wire];
  const [length, start]: [bigint, number] =
    fixed === undefined ? readVarint(bytes, at) : [BigInt(fixed), at];
  const end = start + Number(length);
  return [bytes.subarray(start, end), end];
}

function readVarint(bytes: Buffer, from: number): [bigint, number] {
  let [value, shift, at] = [0n, 0n, from];
  for (;;) {
    const byte = bytes.readUInt8(at++);
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte < 128) return [value, at];
  }
}
