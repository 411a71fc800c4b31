import { bytesData } from './bytes-elements';
import { bytesPerElement, type Datatype } from './datatype';
import type { Signature, TensorSpec } from './signature';
import type { Tensor } from './tensor';

/** Kinds of values, from telling to harmless: many models take only small numbers, zeros or ones. */
export const flavours = ['varied', 'binary', 'zero', 'one'] as const;
export type Flavour = (typeof flavours)[number];

/** How input was made: the same makes the same again, wherever. */
export interface MadeUpBy {
  readonly flavour: Flavour;
  readonly seed: number;
  /** Of every free dimension of an input behind its first free one, which is 1. */
  readonly freeSize: number;
}

/** What a model is tried with first, and where nothing else is known. */
export const usualInput: MadeUpBy = { flavour: 'varied', seed: 1, freeSize: 1 };

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A tensor's form, with all of its sizes. */
export type TensorForm = Omit<Tensor, 'data' | 'shared'>;

/**
 * The form of one row for every input; undefined where the runtime cannot take the type of one.
 */
export function rowForms({ inputs }: Signature, freeSize: number): TensorForm[] | undefined {
  const forms = inputs.map((spec) => rowForm(spec, freeSize));
  return forms.every((form) => form !== undefined) ? forms : undefined;
}

function rowForm({ name, datatype, shape }: TensorSpec, freeSize: number): TensorForm | undefined {
  if (datatype === null) return undefined;
  const rows = (shape ?? []).findIndex((size) => typeof size !== 'number');
  const sizeAt = (at: number): number => (at === rows ? 1 : freeSize);
  const sizes = (shape ?? [1]).map((size, at) => (typeof size === 'number' ? size : sizeAt(at)));
  return { name, datatype, shape: sizes };
}

/** Tensors of these forms, one number after the other from `random`. */
export function filled(
  forms: readonly TensorForm[],
  flavour: Flavour,
  random: () => number,
): Tensor[] {
  const pick = {
    varied: random,
    binary: () => (random() < 0.5 ? 0 : 0.125),
    zero: () => 0,
    one: () => 1,
  }[flavour];
  return forms.map((form) => ({ ...form, data: elements(form, pick) }));
}

/** One row for every input; undefined where an input cannot be made up. */
export function madeUpRow(signature: Signature, by: MadeUpBy): Tensor[] | undefined {
  const forms = rowForms(signature, by.freeSize);
  return forms && filled(forms, by.flavour, seededRandom(by.seed));
}

/** `pick` gives numbers from 0 to 1; whole numbers below it are eight times that, cut. */
function elements({ datatype, shape }: TensorForm, pick: () => number): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  if (datatype === 'BYTES') {
    return bytesData(Array.from({ length: count }, () => String(wholeOf(pick()))));
  }
  const size = bytesPerElement(datatype);
  const bytes = new Uint8Array(count * size);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.byteLength; at += size) writeElement(view, at, datatype, pick());
  return bytes;
}

function wholeOf(value: number): number {
  return value === 1 ? 1 : Math.floor(value * 8);
}

/** 0, 1/8, 2/8 ... 7/8 as half floats. */
const eighthsAsHalf = [0, 0x3000, 0x3400, 0x3600, 0x3800, 0x3900, 0x3a00, 0x3b00];
const oneAsHalf = 0x3c00;

function writeElement(view: DataView, at: number, datatype: Datatype, value: number): void {
  const whole = wholeOf(value);
  if (datatype === 'FP32') view.setFloat32(at, thousandths(value), true);
  else if (datatype === 'FP64') view.setFloat64(at, thousandths(value), true);
  else if (datatype === 'FP16') view.setUint16(at, value === 1 ? oneAsHalf : half(whole), true);
  else if (datatype === 'BOOL') view.setUint8(at, value < 0.5 ? 0 : 1);
  // Every whole number from 0 to 7 is its own lowest byte.
  else view.setUint8(at, whole);
}

/** So that what people see as text is short. */
function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function half(eighths: number): number {
  return eighthsAsHalf[eighths] ?? 0;
}

/** Rows one after the other as one batch; all rows have the same names, datatypes and shapes. */
export function stacked(rows: readonly (readonly Tensor[])[]): Tensor[] {
  const [first = []] = rows;
  return first.map((tensor, index) => ({
    name: tensor.name,
    datatype: tensor.datatype,
    shape: [rows.length * (tensor.shape[0] ?? 1), ...tensor.shape.slice(1)],
    data: Buffer.concat(rows.map((row) => row[index]?.data ?? new Uint8Array())),
  }));
}
