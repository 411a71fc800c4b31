import { ShoalError } from '../../core/errors';
import { bytesElements } from '../bytes-elements';
import type { Servable } from '../catalog';
import { bytesPerElement } from '../datatype';
import type { TensorSpec } from '../signature';
import { elementCount, type Tensor } from '../tensor';
import { onlyOutput, type ContentCodec } from './content-codec';

const type = 'application/octet-stream';

/**
 * The elements of one tensor, little-endian and without padding; of strings exactly one, without its
 * length. The free dimension follows from the size.
 */
export const octetStream: ContentCodec = {
  types: [type],
  read(body, servable) {
    const tensor = rawTensor(servable, body);
    const wanted = elementCount(tensor.shape) * bytesPerElement(tensor.datatype);
    if (tensor.datatype === 'BYTES' || tensor.data.length === wanted) return [tensor];
    throw new ShoalError(
      'invalid_request',
      `${type}: input '${tensor.name}' is ${tensor.datatype}[${tensor.shape.join(', ')}], that is ` +
        `${wanted} bytes; got ${body.length}.`,
    );
  },
  write(outputs) {
    const tensor = onlyOutput(outputs, type);
    const headers = {
      'shoal-datatype': tensor.datatype,
      'shoal-shape': tensor.shape.join(','),
    };
    return { body: rawBytes(tensor), headers };
  },
};

function rawBytes({ name, datatype, data }: Tensor): Buffer {
  if (datatype !== 'BYTES') return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const [element, ...more] = bytesElements(name, data);
  if (element !== undefined && more.length === 0) return element;
  throw new ShoalError(
    'unrepresentable_output',
    `output '${name}' has ${element === undefined ? 0 : 1 + more.length} strings; ${type} holds ` +
      'one: accept JSON or text/csv.',
  );
}

/**
 * The model's only input with these bytes as its data. Its free dimension follows from the size;
 * where the first one counts rows and another is free too, it is one row. That the data fits is
 * checked elsewhere. Throws invalid_request where the input cannot be told.
 */
export function rawTensor({ model, signature, batching }: Servable, body: Buffer): Tensor {
  const [spec, ...more] = signature.inputs;
  if (spec === undefined || more.length > 0) {
    throw new ShoalError(
      'invalid_request',
      'Raw request must only have 1 input (found 1) to be deduced but got ' +
        `${signature.inputs.length} inputs in '${model}' model configuration`,
    );
  }
  const { name, datatype } = spec;
  if (datatype === null) {
    throw new ShoalError('unsupported_value', `input '${name}' is ${spec.valueType}`);
  }
  if (datatype === 'BYTES') {
    return { name, datatype, shape: oneElement(spec), data: withLength(body) };
  }
  const shape = shapeFor(spec, body.length / bytesPerElement(datatype), batching.allowed);
  return { name, datatype, shape, data: body };
}

function oneElement(spec: TensorSpec): number[] {
  const shape = (spec.shape ?? [1]).map((dim) => (typeof dim === 'number' ? dim : 1));
  if (elementCount(shape) === 1) return shape;
  throw new ShoalError(
    'invalid_request',
    `For BYTES datatype raw input '${spec.name}', the model must have input shape [1]`,
  );
}

function withLength(text: Buffer): Buffer {
  const data = Buffer.allocUnsafe(4 + text.length);
  data.writeUInt32LE(text.length, 0);
  text.copy(data, 4);
  return data;
}

function shapeFor(spec: TensorSpec, elements: number, batching: boolean): number[] {
  const dims = [...(spec.shape ?? [null])];
  let free = dims.filter((dim) => typeof dim !== 'number').length;
  if (batching && free > 1 && typeof dims[0] !== 'number') {
    dims[0] = 1;
    free--;
  }
  if (free > 1) {
    throw new ShoalError(
      'invalid_request',
      `The shape of the raw input '${spec.name}' can not be deduced because there are more than ` +
        'one variable-sized dimension',
    );
  }
  const fixed = elementCount(dims.map((dim) => (typeof dim === 'number' ? dim : 1)));
  const rest = fixed > 0 ? Math.floor(elements / fixed) : 0;
  return dims.map((dim) => (typeof dim === 'number' ? dim : rest));
}
