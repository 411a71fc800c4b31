import { readFileSync } from 'node:fs';
import path from 'node:path';
import { bytesPerElement, type Datatype } from '../../protocol/datatype';
import type { Tensor } from '../../protocol/tensor';
import { sharedModels } from './shared-models';

/** A tensor as case files write it: `bin` (a file) before `b64` before `data`. */
export interface CaseTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data?: readonly (number | string | boolean)[];
  readonly b64?: string;
  readonly bin?: string;
}

/** A case file; what only some kinds of case have is read by the tests that want it. */
export interface SharedCase {
  readonly model: string;
  readonly case: string;
  readonly kind?: string;
  readonly rtol?: number;
  readonly atol?: number;
  readonly inputs?: readonly CaseTensor[];
  readonly outputs?: readonly CaseTensor[];
  /** The outputs to ask for, where not all of them can be carried. */
  readonly fetch?: readonly string[];
  readonly expect_error?: boolean;
  readonly [field: string]: unknown;
}

/** Reads a case by its path in the manifest, e.g. `cases/qlstm/io.json`. */
export function readCase(file: string): SharedCase {
  return JSON.parse(readFileSync(path.join(sharedModels, file), 'utf8')) as SharedCase;
}

/** The case's tensor as it travels inside the server. */
export function caseTensor(from: CaseTensor): Tensor {
  const { name, datatype, shape } = from;
  return { name, datatype, shape, data: caseBytes(from) };
}

function caseBytes(from: CaseTensor): Uint8Array {
  if (from.bin !== undefined) return readFileSync(path.join(sharedModels, from.bin));
  if (from.b64 !== undefined) return Buffer.from(from.b64, 'base64');
  if (from.data === undefined) throw new Error(`${from.name} has no data`);
  return encodeElements(from.datatype, from.data);
}

export function tensorOf(
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  elements: readonly (number | string)[],
): Tensor {
  return { name, datatype, shape, data: encodeElements(datatype, elements) };
}

/** Elements as the bytes of a tensor; 64-bit integers may be given as decimal text. */
export function encodeElements(
  datatype: Datatype,
  elements: readonly (number | string | boolean | bigint)[],
): Uint8Array {
  if (datatype === 'BYTES') return encodeStrings(elements.map(String));
  const size = bytesPerElement(datatype);
  const bytes = Buffer.alloc(elements.length * size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  elements.forEach((element, index) => {
    writers[datatype](view, index * size, element);
  });
  return bytes;
}

/** Strings as a BYTES tensor's data. */
export function encodeStrings(strings: readonly string[]): Buffer {
  return Buffer.concat(
    strings.flatMap((text) => {
      const bytes = Buffer.from(text, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** A BYTES tensor's data as strings. */
export function decodeStrings(data: Uint8Array): string[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  const strings: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32LE(at);
    strings.push(bytes.toString('utf8', at + 4, end));
    at = end;
  }
  return strings;
}

type Element = number | string | boolean | bigint;
type Write = (view: DataView, at: number, element: Element) => void;

const writers: Readonly<Record<Exclude<Datatype, 'BYTES'>, Write>> = {
  BOOL: (view, at, element) => {
    view.setUint8(at, element ? 1 : 0);
  },
  UINT8: (view, at, element) => {
    view.setUint8(at, Number(element));
  },
  INT8: (view, at, element) => {
    view.setInt8(at, Number(element));
  },
  UINT16: (view, at, element) => {
    view.setUint16(at, Number(element), true);
  },
  INT16: (view, at, element) => {
    view.setInt16(at, Number(element), true);
  },
  UINT32: (view, at, element) => {
    view.setUint32(at, Number(element), true);
  },
  INT32: (view, at, element) => {
    view.setInt32(at, Number(element), true);
  },
  UINT64: (view, at, element) => {
    view.setBigUint64(at, BigInt(element), true);
  },
  INT64: (view, at, element) => {
    view.setBigInt64(at, BigInt(element), true);
  },
  FP16: () => {
    throw new Error('half floats are given as bytes');
  },
  FP32: (view, at, element) => {
    view.setFloat32(at, Number(element), true);
  },
  FP64: (view, at, element) => {
    view.setFloat64(at, Number(element), true);
  },
};
