import { pick, type Dice } from '../faults/dice';

/** One to four small changes at random places: what lines, disks and careless programs do. */
export function changedBytes(dice: Dice, bytes: Buffer): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  const edits = 1 + Math.floor(dice() * 4);
  for (let edit = 0; edit < edits; edit += 1) {
    const at = Math.floor(dice() * (changed.length + 1));
    const length = Math.floor(dice() * Math.min(16, changed.length - at));
    changed = pick(dice, kinds)(dice, changed, { at, length });
  }
  return changed;
}

interface Place {
  readonly at: number;
  readonly length: number;
}

type Edit = (dice: Dice, bytes: Buffer, place: Place) => Buffer;

/** What readers of numbers, lengths and texts trip over. */
const pieces = ['\0', '"', '\\', '{', '[', ']', '}', '-', 'e999', '\xff\xff\xff\xff', '\x80', '%']
  .concat(['\r\n', ' ', '\xc3', '\u007f\u007f\u007f\u007f', '1e5', 'NaN', 'null', '\ud800'])
  .map((text) => Buffer.from(text, 'latin1'));

const kinds: readonly Edit[] = [
  (dice, bytes, { at }) => {
    if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(dice() * 8));
    return bytes;
  },
  (dice, bytes, { at }) => {
    if (at < bytes.length) bytes[at] = Math.floor(dice() * 256);
    return bytes;
  },
  (_dice, bytes, { at, length }) => joined(bytes, at, at + length, Buffer.alloc(0)),
  (dice, bytes, { at }) => joined(bytes, at, at, pick(dice, pieces)),
  (_dice, bytes, { at, length }) => joined(bytes, at, at, bytes.subarray(at, at + length)),
  (_dice, bytes, { at }) => bytes.subarray(0, at),
];

function joined(bytes: Buffer, from: number, to: number, between: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, from), between, bytes.subarray(to)]);
}
