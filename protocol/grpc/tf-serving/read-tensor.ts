import { ShoalError } from '../../../core/errors';
import { bytesPerElement, datatypes, type Datatype } from '../../datatype';
import { elementCount, normalData, type Tensor } from '../../tensor';
import { DataType, type TensorProto } from '../generated/tf-tensor_pb';
import { arrays, listOf, typeOf } from './element-lists';

/** Bytes that elements may have which stand for others too: a small message has little memory made. */
const mostFilledBytes = 64 * 1024 * 1024;

/**
 * The tensor of an input. As with TensorFlow the last element of a list stands for all that follow,
 * and where there is none they are 0. Throws invalid_request naming the input.
 */
export function readTensor(name: string, proto: TensorProto): Tensor {
  const datatype = datatypes.find((one) => typeOf[one] === proto.dtype);
  if (datatype === undefined) {
    throw invalid(
      `input '${name}': dtype ${typeText(proto.dtype)} is none that a model here can have`,
    );
  }
  const shape = shapeOf(name, proto);
  const count = elementCount(shape);
  const about = { name, datatype, count };
  if (Number.isNaN(count)) {
    throw invalid(
      `shape [${shape.join(',')}] of input '${name}' is not a list of sizes whose product is below 2^31`,
    );
  }
  const data = proto.tensorContent.length > 0 ? content(about, proto) : listed(about, proto);
  return { name, datatype, shape, data };
}

function typeText(type: DataType): string {
  return Object.entries(DataType).find(([, number]) => number === type)?.[0] ?? String(type);
}

interface About {
  readonly name: string;
  readonly datatype: Datatype;
  /** Elements by the shape. */
  readonly count: number;
}

function shapeOf(name: string, { tensorShape }: TensorProto): readonly number[] {
  if (tensorShape?.unknownRank === true) {
    throw invalid(`input '${name}': wanted a tensor_shape, got one of unknown rank`);
  }
  return (tensorShape?.dim ?? []).map(({ size }) => Number(size));
}

function content({ name, datatype }: About, { tensorContent }: TensorProto): Uint8Array {
  if (datatype !== 'BYTES') return normalData(datatype, tensorContent);
  throw invalid(`input '${name}': strings stand in string_val, not in tensor_content`);
}

function listed(about: About, proto: TensorProto): Uint8Array {
  const { name, datatype, count } = about;
  const list = proto[listOf[datatype]];
  if (list.length > count) {
    throw invalid(`input '${name}' has a shape of ${count} elements, but came with ${list.length}`);
  }
  const last = datatype === 'BYTES' ? (proto.stringVal.at(-1)?.length ?? 0) + 4 : 0;
  const bytes = (count - list.length) * Math.max(bytesPerElement(datatype), last);
  if (bytes > mostFilledBytes) {
    throw invalid(
      `input '${name}': ${list.length} elements came for ${count}; wanted all of them where the ` +
        `others take more than ${mostFilledBytes} bytes`,
    );
  }
  return datatype === 'BYTES' ? stringData(count, proto.stringVal) : fixedData(about, list);
}

function stringData(count: number, list: readonly Uint8Array[]): Uint8Array {
  const last = list.at(-1) ?? new Uint8Array();
  const given = list.reduce((sum, element) => sum + 4 + element.length, 0);
  const data = Buffer.allocUnsafeSlow(given + (count - list.length) * (4 + last.length));
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const element = list[index] ?? last;
    at = data.writeUInt32LE(element.length, at);
    data.set(element, at);
    at += element.length;
  }
  return data;
}

function fixedData(
  { name, datatype, count }: About,
  list: readonly (number | bigint | boolean | Uint8Array)[],
): Uint8Array {
  const elements = new arrays[datatype as keyof typeof arrays](count);
  const zero = elements instanceof BigInt64Array || elements instanceof BigUint64Array ? 0n : 0;
  for (let at = 0; at < list.length; at += 1) {
    const given = list[at];
    const value = typeof given === 'boolean' ? Number(given) : (given as number | bigint);
    elements[at] = value;
    // Integers that wrap come back as others; what floats lose was not theirs, and NaN is no integer.
    if (!isFloat(datatype) && elements[at] !== value) {
      throw invalid(`element ${at} of input '${name}' is beyond what ${datatype} holds`);
    }
  }
  // TypeScript does not know that the array and its elements are of one kind.
  (elements as Float64Array).fill((elements[list.length - 1] ?? zero) as number, list.length);
  return new Uint8Array(elements.buffer);
}

function isFloat(datatype: Datatype): boolean {
  return datatype === 'FP32' || datatype === 'FP64';
}

function invalid(message: string): ShoalError {
  return new ShoalError('invalid_request', message);
}
