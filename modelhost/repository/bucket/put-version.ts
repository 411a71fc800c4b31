import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { ShoalError } from '../../../core/errors';
import type { BucketClient, FoundObject } from './bucket-client';
import { putFile } from './put-file';
import { arrivingFile } from './read-listing';

/** While a version is put there its mark is renewed so often, in milliseconds. */
const renewalMs = 600_000;

/**
 * Puts a directory into the bucket as a version, meta.json last: before that it is none. A mark goes
 * ahead of the files and goes when all is there, so that nobody takes them for a version that somebody
 * puts there by hand, and what is left of a host that died is known. False where there is something
 * already.
 */
export async function putVersion(
  client: BucketClient,
  directory: string,
  at: string,
): Promise<boolean> {
  if ((await client.list(at)).length > 0) return false;
  const meta = await readFile(path.join(directory, 'meta.json'));
  const mark = Buffer.from(`${hostname()} ${process.pid} ${new Date().toISOString()}\n`);
  if (!(await client.create(at + arrivingFile, mark))) return false;
  const renewal = setInterval(() => {
    client.put(at + arrivingFile, mark).catch(() => undefined);
  }, renewalMs);
  const put = new Map<string, string>();
  try {
    for (const name of await namesIn(directory)) {
      put.set(at + name, '');
      put.set(at + name, await putFile(client, at + name, path.join(directory, name)));
    }
    await putMeta(client, meta, at);
  } catch (error) {
    // What cannot be taken back now is removed later, as what a dead host has left is.
    await takeBack(client, at, { meta, put }).catch(() => undefined);
    throw error;
  } finally {
    clearInterval(renewal);
  }
  await client.remove(at + arrivingFile).catch(() => undefined);
  return true;
}

async function putMeta(client: BucketClient, meta: Buffer, at: string): Promise<void> {
  if (await client.create(`${at}meta.json`, meta)) return;
  throw new ShoalError(
    'conflict',
    `Somebody else has put a version to '${at}' meanwhile; try again.`,
  );
}

async function namesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const names = files.map((entry) =>
    path.relative(directory, path.join(entry.parentPath, entry.name)),
  );
  return names.filter((name) => name !== 'meta.json');
}

/** What a host has put into the folder of a version. */
interface Own {
  readonly meta: Buffer;
  /** Etags by key; '' where the answer has none, or has not come. */
  readonly put: ReadonlyMap<string, string>;
}

/**
 * Removes what was put there, meta.json first: without it there is no version; and the mark last.
 * What somebody else has put there meanwhile stays, also under the same name.
 */
async function takeBack(client: BucketClient, at: string, { meta, put }: Own): Promise<void> {
  const found = await client.list(at);
  const isOwn = ({ key, etag }: FoundObject): boolean => {
    const own = put.get(key);
    return own !== undefined && (own === '' || etag === '' || own === etag);
  };
  if ((await client.read(`${at}meta.json`))?.equals(meta) === true) {
    await client.remove(`${at}meta.json`);
  }
  for (const object of found) if (isOwn(object)) await client.remove(object.key);
  await client.remove(at + arrivingFile);
}

/**
 * Removes a version that was deleted. It keeps its meta.json until all else has gone, so that what is
 * left of it is still known for one, and the mark of one that was arriving for longer still.
 */
export async function removeVersion(client: BucketClient, at: string): Promise<void> {
  const last = [`${at}meta.json`, at + arrivingFile];
  const keys = (await client.list(at)).map(({ key }) => key);
  for (const key of keys.sort((a, b) => last.indexOf(a) - last.indexOf(b))) {
    await client.remove(key);
  }
}
