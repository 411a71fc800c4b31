import type { Datatype } from '../datatype';
import type { Room } from './tensor-room';

export type SmallInteger = 'UINT8' | 'UINT16' | 'UINT32' | 'INT8' | 'INT16' | 'INT32';
export type BigInteger = 'UINT64' | 'INT64';

interface SmallRange {
  readonly least: number;
  readonly most: number;
  /** So many elements in a room. */
  readonly array: (room: Room, count: number) => SmallArray;
}

export type SmallArray =
  Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array;

/** The integer types that fit into a JavaScript number, with their bounds and their arrays. */
export const smallRanges: Readonly<Record<SmallInteger, SmallRange>> = {
  UINT8: {
    least: 0,
    most: 255,
    array: ({ buffer, offset }, count) => new Uint8Array(buffer, offset, count),
  },
  UINT16: {
    least: 0,
    most: 65_535,
    array: ({ buffer, offset }, count) => new Uint16Array(buffer, offset, count),
  },
  UINT32: {
    least: 0,
    most: 4_294_967_295,
    array: ({ buffer, offset }, count) => new Uint32Array(buffer, offset, count),
  },
  INT8: {
    least: -128,
    most: 127,
    array: ({ buffer, offset }, count) => new Int8Array(buffer, offset, count),
  },
  INT16: {
    least: -32_768,
    most: 32_767,
    array: ({ buffer, offset }, count) => new Int16Array(buffer, offset, count),
  },
  INT32: {
    least: -2_147_483_648,
    most: 2_147_483_647,
    array: ({ buffer, offset }, count) => new Int32Array(buffer, offset, count),
  },
};

export const bigRanges: Readonly<Record<BigInteger, { least: bigint; most: bigint }>> = {
  UINT64: { least: 0n, most: 2n ** 64n - 1n },
  INT64: { least: -(2n ** 63n), most: 2n ** 63n - 1n },
};

export function isIntegerDatatype(datatype: Datatype): datatype is SmallInteger | BigInteger {
  return datatype in smallRanges || datatype in bigRanges;
}
