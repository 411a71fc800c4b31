import { ShoalError } from '../../../core/errors';
import type { Servable } from '../../catalog';
import { bytesPerElement } from '../../datatype';
import type { TensorSpec } from '../../signature';
import { elementCount, type Tensor } from '../../tensor';
import type { InferCall } from './infer-call';

/**
 * A call whose whole body is the data of the model's only input. Its free dimension follows from
 * the size; where the first one counts rows and another is free too, it is one row. All outputs
 * are answered in binary. Throws invalid_request where the input cannot be told.
 */
export function rawCall(servable: Servable, body: Buffer): InferCall {
  return {
    id: '',
    parameters: new Map(),
    timeoutUs: 0,
    priority: 0,
    inputs: [rawTensor(servable, body)],
    blobs: [],
    outputs: [],
    outputsBinary: [],
    classes: undefined,
    binaryDefault: true,
  };
}

function rawTensor({ model, signature, batching }: Servable, body: Buffer): Tensor {
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
