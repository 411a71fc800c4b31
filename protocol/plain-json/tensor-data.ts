import { bytesPerElement, type Datatype } from '../datatype';
import {
  bigRanges,
  smallRanges,
  type BigInteger,
  type SmallInteger,
} from '../tensor-json/integer-ranges';
import { roomFor, type Room } from '../tensor-json/tensor-room';
import type { JsonCursor } from './json-cursor';
import { ListWalk } from './list-walk';
import { notPlain } from './not-plain';
import {
  lastRead,
  longInteger,
  readFloat,
  readFloatRun,
  readInteger,
  runEnd,
} from './number-reader';

/**
 * Reads a list of exactly `count` elements, nested in any way, as a tensor's data. Throws
 * `notPlain` for everything else, and for FP16 and BYTES.
 */
export function readTensorData(cursor: JsonCursor, datatype: Datatype, count: number): Uint8Array {
  // Every element takes a character and another one that parts it from what follows.
  if (count * 2 > cursor.bytes.length - cursor.at) throw notPlain;
  const fill = fillers[datatype];
  if (fill === undefined) throw notPlain;
  const bytes = count * bytesPerElement(datatype);
  const room = roomFor(bytes);
  if (fill({ cursor, datatype, room, count }) !== count) throw notPlain;
  return new Uint8Array(room.buffer, room.offset, bytes);
}

interface Filling {
  readonly cursor: JsonCursor;
  readonly datatype: Datatype;
  readonly room: Room;
  readonly count: number;
}

/** Reads the list into the room and returns how many elements came, which are never too many. */
type Filler = (filling: Filling) => number;

const fillFp32: Filler = ({ cursor, room, count }) => {
  const out = new Float32Array(room.buffer, room.offset, count);
  const walk = new ListWalk(cursor);
  let index = 0;
  for (let at = walk.start(); at >= 0; at = walk.next(at)) {
    if (index === count) throw notPlain;
    const before = index;
    index = readFloatRun(cursor.bytes, at, out, index);
    if (index > before) at = runEnd();
    else {
      at = readFloat(cursor.bytes, at, true);
      out[index++] = lastRead();
    }
  }
  return index;
};

const fillFp64: Filler = ({ cursor, room, count }) => {
  const out = new Float64Array(room.buffer, room.offset, count);
  const walk = new ListWalk(cursor);
  let index = 0;
  for (let at = walk.start(); at >= 0; at = walk.next(at)) {
    if (index === count) throw notPlain;
    at = readFloat(cursor.bytes, at, false);
    out[index++] = lastRead();
  }
  return index;
};

const fillSmall: Filler = ({ cursor, datatype, room, count }) => {
  const { least, most, array } = smallRanges[datatype as SmallInteger];
  const out = array(room, count);
  const walk = new ListWalk(cursor);
  let index = 0;
  for (let at = walk.start(); at >= 0; at = walk.next(at)) {
    at = readInteger(cursor.bytes, at);
    const value = lastRead();
    if (index === count || !(value >= least && value <= most)) throw notPlain;
    out[index++] = value;
  }
  return index;
};

/** Two places for each element: the low half and the high half. */
const fillBig: Filler = ({ cursor, datatype, room, count }) => {
  const { least, most } = bigRanges[datatype as BigInteger];
  const lowest = Number(least);
  const out = new Uint32Array(room.buffer, room.offset, count * 2);
  const walk = new ListWalk(cursor);
  let index = 0;
  for (let at = walk.start(); at >= 0; index += 2) {
    const end = readInteger(cursor.bytes, at);
    const value = lastRead();
    if (index === count * 2) throw notPlain;
    if (value >= lowest) {
      out[index] = value;
      out[index + 1] = Math.floor(value / 2 ** 32);
    } else {
      const long = longInteger(cursor.bytes, at, end);
      if (long < least || long > most) throw notPlain;
      out[index] = Number(BigInt.asUintN(32, long));
      out[index + 1] = Number(BigInt.asUintN(32, long >> 32n));
    }
    at = walk.next(end);
  }
  return index / 2;
};

const t = 0x74;

const fillBool: Filler = ({ cursor, room, count }) => {
  const out = new Uint8Array(room.buffer, room.offset, count);
  const walk = new ListWalk(cursor);
  let index = 0;
  for (let at = walk.start(); at >= 0; at = walk.next(cursor.at)) {
    if (index === count) throw notPlain;
    cursor.at = at;
    const holds = cursor.bytes[at] === t;
    cursor.pass(holds ? 'true' : 'false');
    out[index++] = holds ? 1 : 0;
  }
  return index;
};

const fillers: Readonly<Partial<Record<Datatype, Filler>>> = {
  BOOL: fillBool,
  UINT8: fillSmall,
  UINT16: fillSmall,
  UINT32: fillSmall,
  UINT64: fillBig,
  INT8: fillSmall,
  INT16: fillSmall,
  INT32: fillSmall,
  INT64: fillBig,
  FP32: fillFp32,
  FP64: fillFp64,
};
