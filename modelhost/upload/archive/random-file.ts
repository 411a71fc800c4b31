import type { FileHandle } from 'node:fs/promises';
import { badArchive } from './archive-fault';

/** Bytes of an open archive by position. */
export interface RandomFile {
  readonly handle: FileHandle;
  readonly size: number;
}

/** The bytes in [start, start + length). Throws where the file does not have them. */
export async function bytesAt(file: RandomFile, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  if (start < 0 || start + length > file.size) throw badArchive('names places outside of itself');
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.handle.read(buffer, done, length - done, start + done);
    if (bytesRead === 0) throw badArchive('ends early');
    done += bytesRead;
  }
  return buffer;
}
