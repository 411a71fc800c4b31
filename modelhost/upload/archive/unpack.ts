import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { ShoalError } from '../../../core/errors';
import { plainLocation } from '../../onnx/external-files';
import { ByteBudget } from '../byte-budget';
import { faultOfName, TakenNames } from '../file-name';
import type { Inbox, ReceivedFile } from '../inbox';
import type { ArchiveEntry } from './archive-entry';
import { badArchive, badEntry, tooManyEntries, unpackingFault } from './archive-fault';
import type { RandomFile } from './random-file';
import { tarEntries } from './tar-entries';
import { isTarHeader, tarBlock } from './tar-header';
import { zipEntries } from './zip-entries';

export type ArchiveKind = 'zip' | 'gzip' | 'tar';

export interface UnpackLimits {
  /** Of all files, unpacked, and of what a tar says of them beside their headers. */
  readonly maxBytes: number;
  /** Entries, directories too. */
  readonly maxFiles: number;
}

/** What the first bytes of a file say that it is; undefined where it is no archive. */
export async function archiveKind(at: string): Promise<ArchiveKind | undefined> {
  const handle = await open(at, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(tarBlock), 0, tarBlock, 0);
    const start = buffer.subarray(0, bytesRead);
    if (['PK\x03\x04', 'PK\x05\x06'].includes(start.toString('latin1', 0, 4))) return 'zip';
    if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
    return isTarHeader(start) ? 'tar' : undefined;
  } finally {
    await handle.close();
  }
}

/**
 * Puts the files of an archive into the inbox and takes the archive away. Only files come out of it,
 * under names that were checked; anything else in it refuses all of it. Throws model_rejected,
 * too_large beyond the limits, and client_closed where the inbox is given up.
 */
export async function unpack(
  archive: ReceivedFile,
  kind: ArchiveKind,
  inbox: Inbox,
  limits: UnpackLimits,
): Promise<ReceivedFile[]> {
  const handle = await open(archive.at, 'r');
  try {
    const file = { handle, at: archive.at, size: archive.bytes };
    const { maxBytes, maxFiles } = limits;
    const budget = new ByteBudget(maxBytes, () => unpackedTooLarge(maxBytes));
    const files = await taken(entriesOf(file, kind, budget, maxFiles), inbox, budget, maxFiles);
    await rm(archive.at, { force: true });
    return files;
  } catch (error) {
    throw unpackingFault(error);
  } finally {
    await handle.close();
  }
}

function entriesOf(
  file: RandomFile & { readonly at: string },
  kind: ArchiveKind,
  budget: ByteBudget,
  maxFiles: number,
): AsyncIterable<ArchiveEntry> {
  if (kind === 'zip') return zipEntries(file, file.at, maxFiles);
  const packed = createReadStream(file.at);
  if (kind === 'tar') return tarEntries(packed, budget);
  const unpacked = createGunzip();
  packed.on('error', (error) => unpacked.destroy(error));
  unpacked.on('close', () => packed.destroy());
  return tarEntries(packed.pipe(unpacked), budget);
}

async function taken(
  entries: AsyncIterable<ArchiveEntry>,
  inbox: Inbox,
  budget: ByteBudget,
  maxFiles: number,
): Promise<ReceivedFile[]> {
  const names = new TakenNames();
  const files: ReceivedFile[] = [];
  let count = 0;
  for await (const entry of entries) {
    if (++count > maxFiles) throw tooManyEntries(maxFiles);
    const name = checkedName(entry);
    if (entry.directory) continue;
    if (!names.add(name)) throw badEntry(entry.name, 'is there twice, as some systems see it');
    budget.require(entry.bytes);
    files.push(await inbox.receive(name, entry.read(), budget));
  }
  if (files.length === 0) throw badArchive('has no files');
  return files;
}

/** Throws where the name is not that of something inside. */
function checkedName({ name, directory }: ArchiveEntry): string {
  const plain = plainLocation(directory ? name.replace(/\/$/, '') : name);
  // The directory that was packed, as `tar -C folder .` has it.
  if (directory && plain === '') return plain;
  const fault = faultOfName(plain);
  if (fault !== undefined) throw badEntry(name, `has a name that ${fault}`);
  return plain;
}

function unpackedTooLarge(maxBytes: number): ShoalError {
  return new ShoalError(
    'too_large',
    `An upload may have ${maxBytes} bytes unpacked (UPLOAD_MAX_BYTES); this archive has more.`,
    { fields: { limit_bytes: maxBytes } },
  );
}
