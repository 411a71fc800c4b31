import { pick, type Dice } from '../faults/dice';
import { changedBytes } from './mutate-bytes';

/** Where a field lies in a message. */
interface Field {
  readonly start: number;
  readonly valueAt: number;
  readonly end: number;
  readonly number: number;
  readonly wire: number;
}

/** Messages within messages are followed so far. */
const deepest = 5;

/**
 * A protobuf message in which a field, at any depth, is gone, doubled, elsewhere, another or of
 * another form. The lengths around it are right again.
 */
export function changedMessage(dice: Dice, message: Buffer, depth = 0): Buffer {
  const fields = fieldsOf(message);
  if (fields.length === 0) return changedBytes(dice, message);
  const field = pick(dice, fields);
  const { start, valueAt, end, number, wire } = field;
  const value = message.subarray(valueAt, end);
  if (wire === 2 && depth < deepest && dice() < 0.6 && fieldsOf(value).length > 0) {
    return spliced(message, field, written(number, changedMessage(dice, value, depth + 1)));
  }
  return spliced(message, field, pick(dice, changes)(dice, field, message.subarray(start, end)));
}

type Change = (dice: Dice, field: Field, bytes: Buffer) => Buffer;

const changes: readonly Change[] = [
  () => Buffer.alloc(0),
  (_dice, _field, bytes) => Buffer.concat([bytes, bytes]),
  (dice, { number }) => written(number, pick(dice, payloads)),
  (dice, { number }) => Buffer.concat([tag(number, 0), pick(dice, varints)]),
  (dice, { number }, bytes) => Buffer.concat([tag(number, 2), pick(dice, varints), bytes]),
  (dice, { start, valueAt, wire }, bytes) =>
    Buffer.concat([tag(pick(dice, numbers), wire), bytes.subarray(valueAt - start)]),
  (dice, { number, start, valueAt }, bytes) =>
    Buffer.concat([
      tag(number, pick(dice, [0, 1, 3, 4, 5, 6, 7])),
      bytes.subarray(valueAt - start),
    ]),
  (dice, { number, start, valueAt }, bytes) =>
    written(number, changedBytes(dice, bytes.subarray(valueAt - start))),
];

const numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 99, 2 ** 28, 2 ** 29 - 1];

const varints = [[0], [1], [0x7f], [0x80, 0], [0xff, 0xff, 0xff, 0xff, 0x07], [0x80]]
  .concat([Array<number>(9).fill(0xff).concat(1), Array<number>(12).fill(0xff)])
  .concat([[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]])
  .map((bytes) => Buffer.from(bytes));

const payloads = [
  ...['', 'x', '__proto__', 'constructor', 'FP16', 'BYTES', 'INT32', 'FP32', '\0', 'é', '../..'],
  ...['x'.repeat(5000), 'add-sub', 'iris', '9', '18446744073709551616', 'triton_x', 'a\nb'],
]
  .map((text) => Buffer.from(text))
  .concat([Buffer.from([0xc3, 0x28]), Buffer.alloc(64), Buffer.alloc(20, 0xff)]);

function spliced(message: Buffer, { start, end }: Field, between: Buffer): Buffer {
  return Buffer.concat([message.subarray(0, start), between, message.subarray(end)]);
}

function written(number: number, payload: Buffer): Buffer {
  return Buffer.concat([tag(number, 2), varint(payload.length), payload]);
}

function tag(number: number, wire: number): Buffer {
  return varint(number * 8 + wire);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** The fields of a message; none where it is no message. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  for (let start = 0; start < message.length;) {
    const field = fieldAt(message, start);
    if (field === undefined) return [];
    fields.push(field);
    start = field.end;
  }
  return fields;
}

function fieldAt(message: Buffer, start: number): Field | undefined {
  const head = readVarint(message, start);
  if (head === undefined || head.value < 8) return undefined;
  const wire = head.value % 8;
  const value = valueIn(message, wire, head.end);
  if (value === undefined || value.end > message.length) return undefined;
  return { start, number: Math.floor(head.value / 8), wire, ...value };
}

/** Where the value of a field of this form lies. */
function valueIn(
  message: Buffer,
  wire: number,
  at: number,
): Pick<Field, 'valueAt' | 'end'> | undefined {
  if (wire === 1) return { valueAt: at, end: at + 8 };
  if (wire === 5) return { valueAt: at, end: at + 4 };
  const follows = wire === 0 || wire === 2 ? readVarint(message, at) : undefined;
  if (follows === undefined) return undefined;
  return wire === 0
    ? { valueAt: at, end: follows.end }
    : { valueAt: follows.end, end: follows.end + follows.value };
}

function readVarint(bytes: Buffer, start: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let at = start; at < bytes.length && at < start + 6; at += 1) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    if (byte < 0x80) return { value, end: at + 1 };
  }
  return undefined;
}
