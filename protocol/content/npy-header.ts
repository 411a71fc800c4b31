import { ShoalError } from '../../core/errors';
import type { Datatype } from '../datatype';
import { maxElements } from '../tensor';

/** What a .npy file says of the array that follows. */
export interface NpyHeader {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** Columns first: the first index runs fastest. */
  readonly fortranOrder: boolean;
  /** Where the elements begin. */
  readonly dataAt: number;
}

const magic = Buffer.from('\x93NUMPY', 'latin1');

/** NumPy's type characters and sizes; what is not here cannot be read. */
const datatypes = {
  b1: 'BOOL',
  u1: 'UINT8',
  u2: 'UINT16',
  u4: 'UINT32',
  u8: 'UINT64',
  i1: 'INT8',
  i2: 'INT16',
  i4: 'INT32',
  i8: 'INT64',
  f2: 'FP16',
  f4: 'FP32',
  f8: 'FP64',
} as const satisfies Record<string, Datatype>;

const codes = new Map(Object.entries(datatypes).map(([code, datatype]) => [datatype, code]));

/**
 * Reads the header of a .npy file, format versions 1 to 3. Throws malformed_body, or
 * unsupported_value for arrays of strings, objects, structures, or of other byte order.
 */
export function readNpyHeader(body: Buffer): NpyHeader {
  if (body.length < 10 || !body.subarray(0, 6).equals(magic)) {
    throw malformed('it does not begin like a .npy file');
  }
  const version = body[6] ?? 0;
  if (version < 1 || version > 3) throw malformed(`its format version ${version} is not 1, 2 or 3`);
  const textAt = version === 1 ? 10 : 12;
  if (body.length < textAt) throw malformed('it ends inside its header');
  const length = version === 1 ? body.readUInt16LE(8) : body.readUInt32LE(8);
  const dataAt = textAt + length;
  if (dataAt > body.length) throw malformed('it ends inside its header');
  const text = body.toString('latin1', textAt, Math.min(dataAt, textAt + 4096));
  return { ...fieldsOf(text), dataAt };
}

const dictionary =
  /^\{(?=.*'descr'\s*:\s*(?:'([^']{1,64})'|(\[)))(?=.*'fortran_order'\s*:\s*(True|False))(?=.*'shape'\s*:\s*\(([\d\s,L]*)\)).*\}\s*$/s;

function fieldsOf(text: string): Omit<NpyHeader, 'dataAt'> {
  const found = dictionary.exec(text);
  if (found === null) throw malformed('its header is not one with descr, fortran_order and shape');
  const [, descr = 'a structure', , order, dims = ''] = found;
  const shape = dims
    .split(',')
    .map((dim) => dim.trim().replace(/L$/, ''))
    .filter((dim) => dim !== '')
    .map(Number);
  if (shape.length > 32 || !shape.every((dim) => Number.isInteger(dim) && dim <= maxElements)) {
    throw malformed(`its shape (${dims.slice(0, 80)}) is none`);
  }
  return { datatype: datatypeOf(descr), shape, fortranOrder: order === 'True' };
}

function datatypeOf(descr: string): Datatype {
  const code = descr.slice(1);
  const known = Object.hasOwn(datatypes, code) ? datatypes[code as keyof typeof datatypes] : null;
  const order = descr[0] ?? '';
  if (known !== null && (order === '<' || order === '|')) return known;
  const why =
    known !== null
      ? 'its bytes must be little-endian'
      : 'strings, objects and structures cannot be sent as NumPy arrays: send JSON or text/csv';
  throw new ShoalError(
    'unsupported_value',
    `The array's dtype ${JSON.stringify(descr)} cannot be read: ${why}.`,
  );
}

/** The beginning of a .npy file, format version 1, padded so that the elements are aligned. */
export function npyHeader(datatype: Datatype, shape: readonly number[]): Buffer {
  const code = codes.get(datatype as never) ?? '';
  const order = code.endsWith('1') ? '|' : '<';
  const tuple = shape.length === 1 ? `${shape[0] ?? 0},` : shape.join(', ');
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const padded = `${text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 11)}\n`;
  const head = Buffer.alloc(10);
  magic.copy(head);
  head[6] = 1;
  head.writeUInt16LE(padded.length, 8);
  return Buffer.concat([head, Buffer.from(padded, 'latin1')]);
}

function malformed(what: string): ShoalError {
  return new ShoalError('malformed_body', `The NumPy array cannot be read: ${what}.`);
}
