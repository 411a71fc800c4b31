import { createReadStream } from 'node:fs';
import { ShoalError } from '../../../core/errors';
import { tarBlock } from './tar-header';

/** A file to pack. */
export interface PackedFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

const maxName = 100;
/** What eleven octal digits can say. */
const maxOctal = 8 ** 11 - 1;

/** Length of the archive of these files, which is known before it is written. */
export function tarBytes(files: readonly PackedFile[], time: number): number {
  const each = files.map((file) => headersOf(file, time).length + padded(file.bytes));
  return each.reduce((sum, bytes) => sum + bytes, 2 * tarBlock);
}

/**
 * A tar archive of the files, the same bytes each time; `time` in milliseconds since 1970. Throws
 * where a file does not have the bytes that it is said to have.
 */
export async function* writeTar(
  files: readonly PackedFile[],
  time: number,
): AsyncGenerator<Buffer> {
  for (const file of files) {
    yield headersOf(file, time);
    let bytes = 0;
    for await (const chunk of createReadStream(file.path)) {
      bytes += (chunk as Buffer).length;
      if (bytes > file.bytes) break;
      yield chunk as Buffer;
    }
    if (bytes !== file.bytes) {
      throw new ShoalError('internal', 'A stored file has another length than when it was stored.');
    }
    yield Buffer.alloc(padded(bytes) - bytes);
  }
  yield Buffer.alloc(2 * tarBlock);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / tarBlock) * tarBlock;
}

/** The file's header; before it an extended one, where name or size do not fit into that. */
function headersOf({ name, bytes }: PackedFile, time: number): Buffer {
  const long = Buffer.byteLength(name) > maxName;
  const large = bytes > maxOctal;
  const own = header(long ? 'file' : name, large ? 0 : bytes, { type: '0', time });
  if (!long && !large) return own;
  const records =
    (long ? paxRecord('path', name) : '') + (large ? paxRecord('size', String(bytes)) : '');
  const data = Buffer.from(records);
  const filled = Buffer.alloc(padded(data.length));
  data.copy(filled);
  return Buffer.concat([header('extended', data.length, { type: 'x', time }), filled, own]);
}

/** `length key=value` and a line's end, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length > length) length += 1;
  return `${length}${rest}`;
}

function header(
  name: string,
  bytes: number,
  { type, time }: { readonly type: string; readonly time: number },
): Buffer {
  const block = Buffer.alloc(tarBlock);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  block.write(name, 0);
  block.write(octal(0o644, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(bytes, 11), 124);
  block.write(octal(Math.floor(time / 1000), 11), 136);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}
