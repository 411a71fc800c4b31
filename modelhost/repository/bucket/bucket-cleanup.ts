import { abandonedMs } from '../staging-cleanup';
import type { Abandoned } from '../storage';
import type { BucketClient, FoundObject, UnfinishedUpload } from './bucket-client';
import { arrivingFile, readListing, stagingPrefix } from './read-listing';

/** For so long a file may take that somebody puts into the bucket in parts. */
const byHandMs = 24 * 3_600_000;

/**
 * Removes what hosts that died have left in the bucket; `objects` is what was found there last, `now`
 * in milliseconds since 1970. Versions that never became whole are answered, not removed: a host
 * that only seemed dead may go on with one, and then it has to be one that was deleted.
 */
export async function cleanBucket(
  client: BucketClient,
  objects: readonly FoundObject[],
  now: number,
): Promise<readonly Abandoned[]> {
  const old = objects.filter(({ changedMs }) => now - changedMs > abandonedMs);
  for (const { key } of old) if (key.startsWith(stagingPrefix)) await client.remove(key);
  await abortUploads(client, now);
  const marks = new Set(
    old.map(({ key }) => key).filter((key) => key.endsWith(`/${arrivingFile}`)),
  );
  const abandoned: Abandoned[] = [];
  for (const { name, versions } of readListing(objects).models) {
    for (const { version, metaStamp } of versions) {
      const mark = `${name}/${version}/${arrivingFile}`;
      if (!marks.has(mark)) continue;
      if (metaStamp === undefined) abandoned.push({ model: name, version });
      else await client.remove(mark);
    }
  }
  return abandoned;
}

/** Servers that do not know them, or keys that may not list them, have nothing to be cleaned. */
async function abortUploads(client: BucketClient, now: number): Promise<void> {
  try {
    for (const upload of await client.unfinishedUploads()) {
      if (await isForgotten(client, upload, now)) await client.abortUpload(upload.key, upload.id);
    }
  } catch {
    // A rule of the bucket's lifecycle does the same.
  }
}

/**
 * Beside what a host puts there lies its mark, which is renewed for as long as that takes; what has
 * none, somebody may be copying there by hand over a slow line.
 */
async function isForgotten(
  client: BucketClient,
  { key, begunMs }: UnfinishedUpload,
  now: number,
): Promise<boolean> {
  if (now - begunMs <= abandonedMs) return false;
  const at = `${key.split('/').slice(0, 2).join('/')}/${arrivingFile}`;
  const mark = (await client.list(at)).find((object) => object.key === at);
  return mark === undefined ? now - begunMs > byHandMs : now - mark.changedMs > abandonedMs;
}
