import { badArchive, badEntry } from './archive-fault';

export const tarBlock = 512;

/** What a header of a tar archive says. */
export interface TarHeader {
  readonly name: string;
  readonly size: number;
  /** One character. */
  readonly type: string;
}

/** Reads a header block. Throws where it is none of a ustar, GNU or pax archive. */
export function readTarHeader(block: Buffer): TarHeader {
  if (!isTarHeader(block)) throw badArchive('is broken, or no tar archive: a header is wrong');
  const own = textAt(block, 0, 100);
  // GNU's form keeps times where the other keeps the beginning of the name.
  const prefix = block[262] === 0 ? textAt(block, 345, 155) : '';
  const name = prefix === '' ? own : `${prefix}/${own}`;
  const type = block[156] === 0 ? '0' : String.fromCharCode(block[156] ?? 0);
  return { name, type, size: sizeAt(block, name) };
}

/** Tells by its sum and its magic whether a block is the header of a tar archive. */
export function isTarHeader(block: Buffer): boolean {
  if (block.length !== tarBlock || block.toString('latin1', 257, 262) !== 'ustar') return false;
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum === octal(block.toString('latin1', 148, 156));
}

function textAt(block: Buffer, from: number, length: number): string {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

function octal(field: string): number {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(field)?.[1];
  return digits === undefined ? NaN : parseInt(digits, 8);
}

/** In octal digits, or, where the first bit is set, as a number of 11 bytes. */
function sizeAt(block: Buffer, name: string): number {
  const field = block.subarray(124, 136);
  const binary = field[0] === 0x80;
  const size = binary
    ? field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0)
    : octal(field.toString('latin1'));
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw badEntry(name, 'says no size that can be read');
}
