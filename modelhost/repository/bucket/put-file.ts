import { open } from 'node:fs/promises';
import type { BucketClient, FoundObject } from './bucket-client';

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
    return await ended(client, { key, id, size, etags });
  } catch (error) {
    // What cannot be aborted now is when everything that processes left is cleaned up.
    await client.abortUpload(key, id).catch(() => undefined);
    throw error;
  }
}

interface Sent {
  readonly key: string;
  readonly id: string;
  readonly size: number;
  readonly etags: readonly string[];
}

/** Where the answer to it is lost it is sent again, and then there is nothing to be ended any more. */
async function ended(client: BucketClient, { key, id, size, etags }: Sent): Promise<string> {
  try {
    return await client.endUpload(key, id, etags);
  } catch (error) {
    const whole = (await client.list(key)).find(
      (object) => object.key === key && object.size === size && isOfParts(object, etags.length),
    );
    if (whole === undefined) throw error;
    return whole.etag;
  }
}

/** The etag of what came in parts says how many they were; servers may leave it out. */
function isOfParts({ etag }: FoundObject, parts: number): boolean {
  return etag === '' || new RegExp(`-${parts}"?$`).test(etag);
}
