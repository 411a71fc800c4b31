import { maxNameBytes } from '../file-name';
import { badArchive, badEntry, tooManyEntries } from './archive-fault';
import { bytesAt, type RandomFile } from './random-file';
import { wideValues } from './zip-wide-values';

/** What the directory of a zip archive says of one entry. */
export interface ZipRecord {
  readonly name: string;
  readonly nameBytes: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly offset: number;
  /** Type and rights of a file as Unix has them; 0 where it was packed elsewhere. */
  readonly unixMode: number;
}

/** Where the directory lies, and how many entries it has. */
interface Directory {
  readonly entries: number;
  readonly start: number;
  readonly end: number;
}

const endBytes = 22;
const maxCommentBytes = 0xffff;
const recordBytes = 46;
const wide = 0xffffffff;
/** With what is left out of a name, such as `./` at its beginning. */
const longestBytes = 2 * maxNameBytes;

/** Reads the directory. Throws for archives of several parts, and where something lies about it. */
export async function readZipDirectory(
  file: RandomFile,
  maxEntries: number,
): Promise<{ readonly records: ZipRecord[]; readonly start: number }> {
  const directory = await findDirectory(file);
  if (directory.entries > maxEntries) throw tooManyEntries(maxEntries);
  const records: ZipRecord[] = [];
  let at = directory.start;
  for (let count = 0; count < directory.entries; count++) {
    const { record, next } = await readRecord(file, at);
    records.push(record);
    at = next;
  }
  if (at !== directory.end) throw badArchive('has a directory of another length than it says');
  return { records, start: directory.start };
}

async function findDirectory(file: RandomFile): Promise<Directory> {
  const from = Math.max(0, file.size - endBytes - maxCommentBytes);
  const tail = await bytesAt(file, from, file.size - from);
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== 0x06054b50) continue;
    // What stands behind the end could be another archive.
    if (at + endBytes + tail.readUInt16LE(at + 20) !== tail.length) continue;
    return directoryOf(file, tail.subarray(at), from + at);
  }
  throw badArchive('has no directory of its files at its end; send it whole');
}

async function directoryOf(file: RandomFile, end: Buffer, at: number): Promise<Directory> {
  if (end.readUInt16LE(4) !== 0 && end.readUInt16LE(4) !== 0xffff) throw badArchive(severalParts);
  const [entries, bytes, start] = [
    end.readUInt16LE(10),
    end.readUInt32LE(12),
    end.readUInt32LE(16),
  ];
  const directory =
    entries === 0xffff || bytes === wide || start === wide
      ? await wideDirectory(file, at)
      : { entries, start, end: start + bytes, until: at };
  // Anything before it or between would be read by some programs and not by others.
  if (directory.end !== directory.until)
    throw badArchive('has bytes before or behind its directory');
  return directory;
}

const severalParts = 'is one of several parts; send one that is whole';

/** Of archives with many or large files. */
async function wideDirectory(
  file: RandomFile,
  endAt: number,
): Promise<Directory & { readonly until: number }> {
  const locator = await bytesAt(file, endAt - 20, 20);
  if (locator.readUInt32LE(0) !== 0x07064b50) throw badArchive('has a directory that is not whole');
  const at = safe(locator.readBigUInt64LE(8));
  const record = await bytesAt(file, at, 56);
  if (record.readUInt32LE(0) !== 0x06064b50 || locator.readUInt32LE(4) !== 0) {
    throw badArchive(severalParts);
  }
  const start = safe(record.readBigUInt64LE(48));
  const bytes = safe(record.readBigUInt64LE(40));
  return { entries: safe(record.readBigUInt64LE(32)), start, end: start + bytes, until: at };
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw badArchive('names places outside of itself');
  return Number(value);
}

async function readRecord(
  file: RandomFile,
  at: number,
): Promise<{ readonly record: ZipRecord; readonly next: number }> {
  const fixed = await bytesAt(file, at, recordBytes);
  if (fixed.readUInt32LE(0) !== 0x02014b50) throw badArchive('has a directory that is broken');
  const nameLength = fixed.readUInt16LE(28);
  const extraLength = fixed.readUInt16LE(30);
  const rest = await bytesAt(file, at + recordBytes, nameLength + extraLength);
  // All records are kept until the last is read: each by itself, and no more of it than a name may be.
  const nameBytes = Buffer.from(rest.subarray(0, Math.min(nameLength, longestBytes)));
  const name = nameBytes.toString('utf8');
  if (nameLength > longestBytes) {
    throw badEntry(name, `has a name that is longer than ${maxNameBytes} bytes`);
  }
  const values = {
    bytes: fixed.readUInt32LE(24),
    packedBytes: fixed.readUInt32LE(20),
    offset: fixed.readUInt32LE(42),
  };
  const madeOnUnix = fixed[5] === 3 || fixed[5] === 19;
  const record = {
    name,
    nameBytes,
    flags: fixed.readUInt16LE(8),
    method: fixed.readUInt16LE(10),
    crc32: fixed.readUInt32LE(16),
    unixMode: madeOnUnix ? fixed.readUInt16LE(40) : 0,
    ...(wideValues(values, rest.subarray(nameLength)) ?? fail(name)),
  };
  return { record, next: at + recordBytes + rest.length + fixed.readUInt16LE(32) };
}

function fail(name: string): never {
  throw badEntry(name, 'says no size or place that can be read');
}
