import { badArchive } from './archive-fault';

/** What extended headers say of the entry after them. */
export interface PaxRecords {
  readonly path?: string;
  readonly size?: number;
}

/** Reads `length key=value` lines. Throws where they are none, or hide how a file is put together. */
export function readPaxRecords(data: Buffer): PaxRecords {
  const records: { path?: string; size?: number } = {};
  for (let at = 0; at < data.length;) {
    const { key, value, end } = recordAt(data, at);
    if (key === 'path') records.path = value;
    if (key === 'size') records.size = sizeOf(value);
    if (key.startsWith('GNU.sparse.')) {
      throw badArchive('has a sparse file; pack it without --sparse');
    }
    at = end;
  }
  return records;
}

interface PaxRecord {
  readonly key: string;
  readonly value: string;
  readonly end: number;
}

function recordAt(data: Buffer, at: number): PaxRecord {
  const found = /^([1-9][0-9]{0,6}) /.exec(data.toString('latin1', at, at + 9));
  const end = at + Number(found?.[1] ?? 0);
  const line = data.subarray(at + (found?.[0].length ?? 0), end - 1);
  const equals = line.indexOf('=');
  if (equals < 1 || end > data.length || data[end - 1] !== 0x0a) {
    throw badArchive('has an extended header that cannot be read');
  }
  return { key: line.toString('utf8', 0, equals), value: line.toString('utf8', equals + 1), end };
}

function sizeOf(value: string): number {
  const size = /^[0-9]{1,16}$/.test(value) ? Number(value) : NaN;
  if (Number.isSafeInteger(size)) return size;
  throw badArchive('has an extended header with no size that can be read');
}
