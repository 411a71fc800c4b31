import type { ByteBudget } from '../byte-budget';
import { badArchive, badEntry } from './archive-fault';
import type { ArchiveEntry } from './archive-entry';
import { ByteReader } from './byte-reader';
import { readPaxRecords, type PaxRecords } from './pax-records';
import { readTarHeader, tarBlock, type TarHeader } from './tar-header';

/** Longest extended header: it has a name and little else. */
const maxHeaderBytes = 64 * 1024;
/** What packers fill up the end with. */
const maxPadding = 1024 * 1024;

/** What cannot be a file of a model, by the type of its header. */
const refusedTypes: Readonly<Record<string, string>> = {
  '1': 'is a hard link; links are not taken',
  '2': 'is a symbolic link; links are not taken',
  '3': 'is a device',
  '4': 'is a device',
  '6': 'is a named pipe',
  S: 'is a sparse file; pack it without --sparse',
};

/**
 * The files and directories of a tar archive, one after the other: the bytes of one have to be read
 * to their end before the next is asked for. What stands before an entry beside its header is spent
 * from the budget: few bytes may have been packed to very many of it.
 */
export async function* tarEntries(
  source: AsyncIterable<Buffer>,
  budget: ByteBudget,
): AsyncGenerator<ArchiveEntry> {
  const reader = new ByteReader(source);
  try {
    yield* entriesIn(reader, budget);
  } finally {
    await reader.close();
  }
}

async function* entriesIn(reader: ByteReader, budget: ByteBudget): AsyncGenerator<ArchiveEntry> {
  let extended: PaxRecords = {};
  const types = new Set<string>();
  for (let block = await header(reader); block !== undefined; block = await header(reader)) {
    const found = readTarHeader(block);
    if (isExtension(found)) {
      if (types.has(found.type)) throw badArchive('has two extended headers of a kind in a row');
      types.add(found.type);
      extended = { ...extended, ...(await readExtension(reader, found, budget)) };
      continue;
    }
    const { path: name = found.name, size = found.size } = extended;
    yield entryOf(reader, { ...found, name, size });
    await skipPadding(reader, size);
    extended = {};
    types.clear();
  }
}

function entryOf(reader: ByteReader, { name, type, size }: TarHeader): ArchiveEntry {
  const refused = refusedTypes[type];
  if (refused !== undefined) throw badEntry(name, refused);
  const directory = type === '5';
  if (!directory && type !== '0') throw badEntry(name, 'is no file and no directory');
  if (directory && size !== 0) throw badEntry(name, 'is a directory with bytes of its own');
  if (!directory && name.endsWith('/'))
    throw badEntry(name, 'is a file with the name of a directory');
  return { name, directory, bytes: size, read: () => reader.pieces(size) };
}

function isExtension({ type }: TarHeader): boolean {
  return ['x', 'g', 'L', 'K'].includes(type);
}

/** Of the next entry; those of all entries may say nothing of names and sizes. */
async function readExtension(
  reader: ByteReader,
  { type, size }: TarHeader,
  budget: ByteBudget,
): Promise<PaxRecords> {
  if (size > maxHeaderBytes) throw badArchive(`has an extended header of ${size} bytes`);
  budget.spend(size);
  const data = (await reader.take(size)) ?? Buffer.alloc(0);
  await skipPadding(reader, size);
  if (type === 'K') return {};
  if (type === 'L') return { path: data.toString('utf8').replace(/\0+$/, '') };
  const records = readPaxRecords(data);
  if (type === 'x') return records;
  if (Object.keys(records).length > 0) throw badArchive('has one name or size for all entries');
  return {};
}

async function skipPadding(reader: ByteReader, size: number): Promise<void> {
  const rest = (tarBlock - (size % tarBlock)) % tarBlock;
  if (rest > 0 && (await reader.take(rest)) === undefined) throw badArchive('ends too early');
}

/** The next block with something in it; undefined at the end, which two empty blocks mark. */
async function header(reader: ByteReader): Promise<Buffer | undefined> {
  const block = await reader.take(tarBlock);
  if (block === undefined)
    throw badArchive('ends without the blocks that mark its end; send it whole');
  if (block.some((byte) => byte !== 0)) return block;
  for (let padding = 0; padding <= maxPadding; padding += tarBlock) {
    const more = await reader.take(tarBlock);
    if (more === undefined) return undefined;
    if (more.some((byte) => byte !== 0)) throw badArchive('goes on behind its end');
  }
  throw badArchive('goes on behind its end');
}
