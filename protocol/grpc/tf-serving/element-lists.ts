import type { Datatype } from '../../datatype';
import { DataType, type TensorProto } from '../generated/tf-tensor_pb';

/** TensorFlow's number for a datatype. */
export const typeOf: Readonly<Record<Datatype, DataType>> = {
  BOOL: DataType.DT_BOOL,
  UINT8: DataType.DT_UINT8,
  UINT16: DataType.DT_UINT16,
  UINT32: DataType.DT_UINT32,
  UINT64: DataType.DT_UINT64,
  INT8: DataType.DT_INT8,
  INT16: DataType.DT_INT16,
  INT32: DataType.DT_INT32,
  INT64: DataType.DT_INT64,
  FP16: DataType.DT_HALF,
  FP32: DataType.DT_FLOAT,
  FP64: DataType.DT_DOUBLE,
  BYTES: DataType.DT_STRING,
};

/** The field of a TensorProto in which the elements of a datatype stand; of FP16 their bits. */
export const listOf = {
  BOOL: 'boolVal',
  UINT8: 'intVal',
  UINT16: 'intVal',
  UINT32: 'uint32Val',
  UINT64: 'uint64Val',
  INT8: 'intVal',
  INT16: 'intVal',
  INT32: 'intVal',
  INT64: 'int64Val',
  FP16: 'halfVal',
  FP32: 'floatVal',
  FP64: 'doubleVal',
  BYTES: 'stringVal',
} as const satisfies Record<Datatype, keyof TensorProto>;

/** An array over bytes, of the elements of a datatype as they stand in its list. */
export const arrays = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const satisfies Record<Exclude<Datatype, 'BYTES'>, unknown>;
