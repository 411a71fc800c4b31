import { ShoalError } from '../../core/errors';
import { bytesPerElement } from '../datatype';
import { elementCount, type Tensor } from '../tensor';
import { onlyInput, onlyOutput, type CarriedSpec, type ContentCodec } from './content-codec';
import { castTensor } from './element-cast';
import { npyHeader, readNpyHeader } from './npy-header';
import { shapeOfList } from './values-shape';

const type = 'application/x-npy';

/** One array as `numpy.save` writes it; its elements are converted to the input's type. */
export const npy: ContentCodec = {
  types: [type],
  read: (body, servable) => [readNpy(body, onlyInput(servable, type))],
  write: (outputs) => ({ body: writeNpy(onlyOutput(outputs, type)) }),
};

/** The array of a .npy file as the input. Throws malformed_body, invalid_request, unsupported_value. */
export function readNpy(body: Buffer, spec: CarriedSpec): Tensor {
  const { datatype, shape, fortranOrder, dataAt } = readNpyHeader(body);
  const size = bytesPerElement(datatype);
  const data = body.subarray(dataAt);
  if (data.length !== elementCount(shape) * size) {
    throw new ShoalError(
      'malformed_body',
      `The NumPy array of shape (${shape.join(', ')}) and type ${datatype} wants ` +
        `${elementCount(shape) * size} bytes behind its header, got ${data.length}.`,
    );
  }
  const dims = shapeOfList('The NumPy array', spec, shape);
  // Axes of one element change no order, and cost as much as others.
  const axes = shape.filter((dim) => dim !== 1);
  const ordered = fortranOrder && axes.length > 1 ? rowMajor(data, axes, size) : data;
  return castTensor({ name: spec.name, datatype, shape: dims, data: ordered }, spec.datatype);
}

/** Throws unrepresentable_output for strings. */
export function writeNpy({ name, datatype, shape, data }: Tensor): Buffer[] {
  if (datatype !== 'BYTES') {
    const { buffer, byteOffset, byteLength } = data;
    return [npyHeader(datatype, shape), Buffer.from(buffer, byteOffset, byteLength)];
  }
  throw new ShoalError(
    'unrepresentable_output',
    `output '${name}' holds strings, which ${type} cannot: accept JSON or text/csv.`,
  );
}

/** Elements in the order in which the last index runs fastest, of such where the first does. */
function rowMajor(data: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(data.length);
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) =>
    shape.slice(0, axis).reduce((all, dim) => all * dim, size),
  );
  let from = 0;
  for (let to = 0; to < out.length; to += size) {
    for (let byte = 0; byte < size; byte++) out[to + byte] = data[from + byte] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] ?? 0;
      from += stride;
      if ((index[axis] = (index[axis] ?? 0) + 1) < (shape[axis] ?? 0)) break;
      from -= stride * (shape[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return out;
}
