import { open } from 'node:fs/promises';
import type { BucketClient } from './bucket-client';

/** Small enough to be sent again, large enough for files of 80 GB: parts are 10,000 at most. */
const partBytes = 8 * 1024 * 1024;

/**
 * Puts a file of the disk into the bucket: at once, or in parts where it is large. Resolves with the
 * object's etag; '' where the server does not say one.
 */
export async function putFile(client: BucketClient, key: string, file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const read = async (from: number): Promise<Buffer> => {
      const part = Buffer.alloc(Math.min(partBytes, size - from));
      await handle.read(part, 0, part.length, from);
      return part;
    };
    if (size <= partBytes) return await client.put(key, await read(0));
    return await putParts(client, key, size, read);
  } finally {
    await handle.close();
  }
}

async function putParts(
  client: BucketClient,
  key: string,
  size: number,
  read: (from: number) => Promise<Buffer>,
): Promise<string> {
  const id = await client.beginUpload(key);
  try {
    const etags: string[] = [];
    for (let from = 0; from < size; from += partBytes) {
      etags.push(await client.putPart(key, id, etags.length + 1, await read(from)));
    }
    return await client.endUpload(key, id, etags);
  } catch (error) {
    // What cannot be aborted now is when everything that processes left is cleaned up.
    await client.abortUpload(key, id).catch(() => undefined);
    throw error;
  }
}
