/**
 * The element types a tensor can have, by their Open Inference Protocol names.
 * These are exactly the types that the runtime's Node binding can feed and return.
 */
export const datatypes = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const;

export type Datatype = (typeof datatypes)[number];

/** Bytes of one element; BYTES elements carry their own length and have none. */
const elementBytes: Readonly<Record<Exclude<Datatype, 'BYTES'>, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
};

/** Bytes of one element of a fixed-size type, 0 for BYTES. */
export function bytesPerElement(datatype: Datatype): number {
  return datatype === 'BYTES' ? 0 : elementBytes[datatype];
}

export function isDatatype(text: unknown): text is Datatype {
  return datatypes.includes(text as Datatype);
}
