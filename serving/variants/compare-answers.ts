import type { Tensor } from '../../protocol/tensor';
import { halfValue } from '../../protocol/tensor-json/half';

/** How two answers to one request compare. */
export interface Compared {
  /** `equal` in every bit, `close` within the tolerance, else `different`. */
  readonly outcome: 'equal' | 'close' | 'different';
  /** The largest difference of two numbers; Infinity where one of them is none, or forms differ. */
  readonly difference: number;
}

/** Calls back when it is one's turn; others have theirs in between. */
export type TakeTurn = (go: () => void) => void;

/** Runs in batches of other sizes round otherwise: what differs by no more than this is close. */
const absolute = 1e-5;
const relative = 1e-3;

/** Elements that are compared in one turn: a fraction of a millisecond. */
const perTurn = 4096;

/** Compares the outputs of two answers, in their order; numbers so many in a turn. */
export async function compareAnswers(
  ones: readonly Tensor[],
  others: readonly Tensor[],
  turn: TakeTurn,
): Promise<Compared> {
  if (ones.length !== others.length) return apart;
  let compared = equal;
  for (const [at, one] of ones.entries()) {
    const other = others[at];
    if (other === undefined || !sameForm(one, other)) return apart;
    compared = worse(compared, await compareTensors(one, other, turn));
  }
  return compared;
}

const equal: Compared = { outcome: 'equal', difference: 0 };
const apart: Compared = { outcome: 'different', difference: Infinity };
const order = ['equal', 'close', 'different'] as const;

function worse(one: Compared, other: Compared): Compared {
  const at = Math.max(order.indexOf(one.outcome), order.indexOf(other.outcome));
  return {
    outcome: order[at] ?? 'different',
    difference: Math.max(one.difference, other.difference),
  };
}

function sameForm(one: Tensor, other: Tensor): boolean {
  return (
    one.name === other.name &&
    one.datatype === other.datatype &&
    one.shape.length === other.shape.length &&
    one.shape.every((size, at) => size === other.shape[at])
  );
}

async function compareTensors(one: Tensor, other: Tensor, turn: TakeTurn): Promise<Compared> {
  if (Buffer.compare(one.data, other.data) === 0) return equal;
  const read = readers[one.datatype];
  if (read === undefined || one.data.byteLength !== other.data.byteLength) return apart;
  const pair: Pair = { read, ours: viewOf(one), theirs: viewOf(other) };
  let compared = equal;
  for (let from = 0; from < one.data.byteLength; from += perTurn * read.bytes) {
    await new Promise<void>(turn);
    compared = worse(compared, compareSome(pair, from));
  }
  return worse(compared, { outcome: 'close', difference: 0 });
}

interface Pair {
  readonly read: Reader;
  readonly ours: DataView;
  readonly theirs: DataView;
}

/** As many as are compared in one turn, from that byte on. */
function compareSome({ read, ours, theirs }: Pair, from: number): Compared {
  const to = Math.min(ours.byteLength, from + perTurn * read.bytes);
  let close = true;
  let difference = 0;
  for (let at = from; at < to; at += read.bytes) {
    const value = read.at(ours, at);
    const between = distance(value, read.at(theirs, at));
    difference = Math.max(difference, between);
    if (between === Infinity || between > absolute + relative * Math.abs(value)) close = false;
  }
  return { outcome: close ? 'close' : 'different', difference };
}

/** Infinity where only one of them is a number. */
function distance(one: number, other: number): number {
  if (one === other || (Number.isNaN(one) && Number.isNaN(other))) return 0;
  const between = Math.abs(one - other);
  return Number.isNaN(between) ? Infinity : between;
}

function viewOf({ data }: Tensor): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

interface Reader {
  readonly bytes: number;
  readonly at: (view: DataView, at: number) => number;
}

/** By datatype; strings are equal or not. */
const readers: Partial<Record<Tensor['datatype'], Reader>> = {
  BOOL: { bytes: 1, at: (view, at) => view.getUint8(at) },
  UINT8: { bytes: 1, at: (view, at) => view.getUint8(at) },
  UINT16: { bytes: 2, at: (view, at) => view.getUint16(at, true) },
  UINT32: { bytes: 4, at: (view, at) => view.getUint32(at, true) },
  UINT64: { bytes: 8, at: (view, at) => Number(view.getBigUint64(at, true)) },
  INT8: { bytes: 1, at: (view, at) => view.getInt8(at) },
  INT16: { bytes: 2, at: (view, at) => view.getInt16(at, true) },
  INT32: { bytes: 4, at: (view, at) => view.getInt32(at, true) },
  INT64: { bytes: 8, at: (view, at) => Number(view.getBigInt64(at, true)) },
  FP16: { bytes: 2, at: (view, at) => halfValue(view.getUint16(at, true)) },
  FP32: { bytes: 4, at: (view, at) => view.getFloat32(at, true) },
  FP64: { bytes: 8, at: (view, at) => view.getFloat64(at, true) },
};
