import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import type { ArchiveEntry } from './archive-entry';
import { badEntry } from './archive-fault';
import { bytesAt, type RandomFile } from './random-file';
import { readZipDirectory, type ZipRecord } from './zip-directory';

const stored = 0;
const deflated = 8;
/** Encrypted, patched, strongly encrypted, or with a directory that is. */
const unreadable = 0x0001 | 0x0020 | 0x0040 | 0x2000;
/** Sizes stand behind the bytes, and zeros before them. */
const sizesBehind = 0x0008;
const localBytes = 30;

const typeOfFile = 0o170000;
const directoryType = 0o040000;
const plainTypes = [0, 0o100000, directoryType];

/** The files and directories of a zip archive. `at` is its path; the file stays open meanwhile. */
export async function* zipEntries(
  file: RandomFile,
  at: string,
  maxEntries: number,
): AsyncGenerator<ArchiveEntry> {
  const { records, start } = await readZipDirectory(file, maxEntries);
  for (const record of records) refuseEntry(record);
  let free = 0;
  for (const record of [...records].sort((a, b) => a.offset - b.offset)) {
    const from = await dataOf(file, record);
    // Many entries that unpack the same bytes are a bomb.
    if (record.offset < free) throw badEntry(record.name, 'lies over another entry');
    free = from + record.packedBytes;
    if (free > start) throw badEntry(record.name, 'reaches into the directory of the archive');
    yield entryOf(record, at, from);
  }
}

function refuseEntry({ name, flags, method, unixMode }: ZipRecord): void {
  if ((flags & unreadable) !== 0) throw badEntry(name, 'is encrypted');
  if (method !== stored && method !== deflated) {
    throw badEntry(name, `is packed by method ${method}; wanted is deflate, or none`);
  }
  const type = unixMode & typeOfFile;
  if (type === 0o120000) throw badEntry(name, 'is a symbolic link; links are not taken');
  if (!plainTypes.includes(type)) throw badEntry(name, 'is no file and no directory');
}

/** Where its bytes begin. What stands there has to say the same as the directory. */
async function dataOf(file: RandomFile, record: ZipRecord): Promise<number> {
  const { name, nameBytes, offset } = record;
  const local = await bytesAt(file, offset, localBytes);
  if (local.readUInt32LE(0) !== 0x04034b50) throw badEntry(name, 'is not where the archive says');
  const nameLength = local.readUInt16LE(26);
  const own = await bytesAt(file, offset + localBytes, nameLength);
  const same =
    own.equals(nameBytes) &&
    local.readUInt16LE(6) === record.flags &&
    local.readUInt16LE(8) === record.method &&
    sameSizes(local, record);
  if (!same) throw badEntry(name, 'is described in two ways');
  return offset + localBytes + nameLength + local.readUInt16LE(28);
}

function sameSizes(local: Buffer, { flags, packedBytes, bytes }: ZipRecord): boolean {
  const wide = 0xffffffff;
  const says = (at: number, value: number): boolean =>
    [wide, value].includes(local.readUInt32LE(at)) || (flags & sizesBehind) !== 0;
  return says(18, packedBytes) && says(22, bytes);
}

function entryOf(record: ZipRecord, at: string, from: number): ArchiveEntry {
  const { name, bytes, packedBytes, unixMode } = record;
  const directory = name.endsWith('/');
  const type = unixMode & typeOfFile;
  if (type !== 0 && directory !== (type === directoryType)) {
    throw badEntry(name, 'is described in two ways');
  }
  if (directory && (bytes > 0 || packedBytes > 2)) {
    throw badEntry(name, 'is a directory with bytes of its own');
  }
  return { name, directory, bytes, read: () => unpacked(record, at, from) };
}

async function* unpacked(record: ZipRecord, at: string, from: number): AsyncGenerator<Buffer> {
  const { name, method, packedBytes, bytes } = record;
  if (packedBytes === 0) {
    if (bytes > 0) throw badEntry(name, wrongBytes);
    return;
  }
  const packed = createReadStream(at, { start: from, end: from + packedBytes - 1 });
  const inflate = method === deflated ? createInflateRaw() : undefined;
  let sum = 0;
  let count = 0;
  for await (const chunk of inflated(packed, inflate)) {
    count += (chunk as Buffer).length;
    if (count > bytes) throw badEntry(name, wrongBytes);
    sum = crc32(chunk as Buffer, sum);
    yield chunk as Buffer;
  }
  const whole = inflate === undefined || inflate.bytesWritten === packedBytes;
  if (count !== bytes || sum !== record.crc32 || !whole) throw badEntry(name, wrongBytes);
}

const wrongBytes = 'does not have the bytes that the archive says';

function inflated(packed: Readable, inflate: InflateRaw | undefined): Readable {
  if (inflate === undefined) return packed;
  packed.on('error', (error) => inflate.destroy(error));
  inflate.on('close', () => packed.destroy());
  return packed.pipe(inflate);
}
