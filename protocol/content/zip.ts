import { crc32, inflateRawSync } from 'node:zlib';
import { ShoalError } from '../../core/errors';

export interface ZipFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Unpacks a file of an archive. Throws malformed_body, unsupported_value. */
export type Unpack = () => Buffer;

/** More files than this are refused. */
const maxFiles = 64;
/** So many bytes may come out of any archive, and out of a longer one as many as it has. */
const leastMaxBytes = 64 * 1024 * 1024;

const endMark = 0x06054b50;
const entryMark = 0x02014b50;
const localMark = 0x04034b50;
const endBytes = 22;
const entryBytes = 46;
const localBytes = 30;

const stored = 0;
const deflated = 8;

/**
 * The files of a zip archive that is in memory, stored or deflated, as its directory lists them;
 * none is unpacked before it is wanted. Throws malformed_body, too_large, and unsupported_value for
 * encrypted ones.
 */
export function readZip(body: Buffer): ReadonlyMap<string, Unpack> {
  const end = body.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || end + endBytes > body.length) throw malformed('its directory is not there');
  const count = body.readUInt16LE(end + 10);
  if (count > maxFiles) throw malformed(`it has ${count} files, at most ${maxFiles} are read`);
  const files = new Map<string, Unpack>();
  let at = body.readUInt32LE(end + 16);
  const maxBytes = Math.max(leastMaxBytes, body.length);
  let left = maxBytes;
  for (let entry = 0; entry < count; entry++) {
    const { name, next, size, unpack } = entryAt(body, at);
    if (files.has(name)) throw malformed('a name comes twice in it');
    files.set(name, unpack);
    left -= size;
    if (left < 0) {
      throw new ShoalError('too_large', `The zip archive unpacks to over ${maxBytes} bytes.`);
    }
    at = next;
  }
  return files;
}

interface Entry {
  readonly name: string;
  /** Where the next one begins. */
  readonly next: number;
  /** Bytes unpacked, as the directory says. */
  readonly size: number;
  readonly unpack: Unpack;
}

function entryAt(body: Buffer, at: number): Entry {
  if (at + entryBytes > body.length || body.readUInt32LE(at) !== entryMark) {
    throw malformed('its directory is broken');
  }
  const nameLength = body.readUInt16LE(at + 28);
  const next =
    at + entryBytes + nameLength + body.readUInt16LE(at + 30) + body.readUInt16LE(at + 32);
  if (next > body.length) throw malformed('its directory is broken');
  const name = body.toString('utf8', at + entryBytes, at + entryBytes + nameLength);
  const size = body.readUInt32LE(at + 24);
  if ((body.readUInt16LE(at + 8) & 1) === 1) throw unsupported('it is encrypted');
  const unpack = (): Buffer => {
    const packed = packedBytes(body, body.readUInt32LE(at + 42), body.readUInt32LE(at + 20));
    const bytes = unpacked(packed, body.readUInt16LE(at + 10), size);
    if (crc32(bytes) !== body.readUInt32LE(at + 16)) throw malformed('a checksum in it is wrong');
    return bytes;
  };
  return { name, next, size, unpack };
}

/** The file's bytes as they lie in the archive, behind a header of their own. */
function packedBytes(body: Buffer, at: number, size: number): Buffer {
  if (at + localBytes > body.length || body.readUInt32LE(at) !== localMark) {
    throw malformed('a file of its directory is not there');
  }
  const from = at + localBytes + body.readUInt16LE(at + 26) + body.readUInt16LE(at + 28);
  if (from + size > body.length) throw malformed('a file in it is cut short');
  return body.subarray(from, from + size);
}

function unpacked(packed: Buffer, method: number, size: number): Buffer {
  if (method === stored) return packed;
  if (method !== deflated) throw unsupported(`it is packed by method ${method}`);
  try {
    const bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
    if (bytes.length === size) return bytes;
  } catch (error) {
    throw malformed('a file in it cannot be unpacked', error);
  }
  throw malformed('a file in it has not the length that its directory says');
}

/** An archive of stored files, without their times. */
export function writeZip(files: readonly ZipFile[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes } of files) {
    const facts = factsOf(Buffer.byteLength(name), bytes);
    const local = Buffer.concat([mark(localMark), facts, Buffer.from(name)]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(mark(entryMark), Buffer.from([20, 0]), facts, place, Buffer.from(name));
    parts.push(local, bytes);
    at += local.length + bytes.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(endBytes - 4);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(entries.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, entries, mark(endMark), end]);
}

function mark(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** What both headers of a file say, from the version that is needed to the length of its extras. */
function factsOf(nameLength: number, bytes: Buffer): Buffer {
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(0x0800, 2);
  // The first day that a zip archive knows: 1980-01-01.
  facts.writeUInt16LE(0x21, 8);
  facts.writeUInt32LE(crc32(bytes), 10);
  facts.writeUInt32LE(bytes.length, 14);
  facts.writeUInt32LE(bytes.length, 18);
  facts.writeUInt16LE(nameLength, 22);
  return facts;
}

function malformed(what: string, cause?: unknown): ShoalError {
  return new ShoalError('malformed_body', `The zip archive cannot be read: ${what}.`, { cause });
}

function unsupported(what: string): ShoalError {
  return new ShoalError('unsupported_value', `The zip archive cannot be read: ${what}.`);
}
