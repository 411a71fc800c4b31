import { bytesData } from '../../../protocol/bytes-elements';
import { bytesPerElement, type Datatype } from '../../../protocol/datatype';
import type { Signature, TensorSpec } from '../../../protocol/signature';
import type { Tensor } from '../../../protocol/tensor';

/** Values to try, from telling to harmless: many models take only small numbers, or zeros. */
export const flavours = ['varied', 'binary', 'zero'] as const;
export type Flavour = (typeof flavours)[number];

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

/**
 * One row for every input, free dimensions being 1; undefined where an input cannot be made up
 * because the runtime cannot take its type.
 */
export function madeUpRow(
  signature: Signature,
  flavour: Flavour,
  random: () => number,
): Tensor[] | undefined {
  const tensors = signature.inputs.map((spec) => madeUp(spec, flavour, random));
  return tensors.every((tensor) => tensor !== undefined) ? tensors : undefined;
}

function madeUp(spec: TensorSpec, flavour: Flavour, random: () => number): Tensor | undefined {
  const { name, datatype } = spec;
  if (datatype === null) return undefined;
  const shape = (spec.shape ?? [1]).map((size) => (typeof size === 'number' ? size : 1));
  const count = shape.reduce((product, size) => product * size, 1);
  const pick = { varied: random, binary: () => (random() < 0.5 ? 0 : 0.125), zero: () => 0 };
  return { name, datatype, shape, data: elements(datatype, count, pick[flavour]) };
}

/** `pick` gives numbers from 0 up to 1; whole numbers are eight times that, cut. */
function elements(datatype: Datatype, count: number, pick: () => number): Uint8Array {
  if (datatype === 'BYTES') {
    return bytesData(Array.from({ length: count }, () => String(Math.floor(pick() * 8))));
  }
  const size = bytesPerElement(datatype);
  const bytes = new Uint8Array(count * size);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.byteLength; at += size) writeElement(view, at, datatype, pick());
  return bytes;
}

/** 0, 1/8, 2/8 ... 7/8 as half floats. */
const eighthsAsHalf = [0, 0x3000, 0x3400, 0x3600, 0x3800, 0x3900, 0x3a00, 0x3b00];

function writeElement(view: DataView, at: number, datatype: Datatype, value: number): void {
  const whole = Math.floor(value * 8);
  if (datatype === 'FP32') view.setFloat32(at, value, true);
  else if (datatype === 'FP64') view.setFloat64(at, value, true);
  else if (datatype === 'FP16') view.setUint16(at, eighthsAsHalf[whole] ?? 0, true);
  else if (datatype === 'BOOL') view.setUint8(at, value < 0.5 ? 0 : 1);
  // Every whole number from 0 to 7 is its own lowest byte.
  else view.setUint8(at, whole);
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
