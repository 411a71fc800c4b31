import { create } from '@bufbuild/protobuf';
import { bytesElements } from '../../bytes-elements';
import type { Tensor } from '../../tensor';
import { TensorProtoSchema, type TensorProto } from '../generated/tf-tensor_pb';
import { arrays, listOf, typeOf } from './element-lists';

/** An output, its elements in the list of their type: every client reads those. */
export function writeTensor(tensor: Tensor): TensorProto {
  const { datatype, shape } = tensor;
  return create(TensorProtoSchema, {
    dtype: typeOf[datatype],
    tensorShape: { dim: shape.map((size) => ({ size: BigInt(size) })) },
    [listOf[datatype]]: elementsOf(tensor),
  });
}

function elementsOf({ name, datatype, data }: Tensor): readonly unknown[] {
  if (datatype === 'BYTES') return bytesElements(name, data);
  // A copy: it begins where the array may begin.
  const elements = Array.from<number | bigint>(new arrays[datatype](Uint8Array.from(data).buffer));
  return datatype === 'BOOL' ? elements.map((element) => element !== 0) : elements;
}
