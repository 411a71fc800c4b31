import { randomUUID } from 'node:crypto';
import type { Claims } from '../storage';
import type { BucketClient, FoundObject } from './bucket-client';
import { stagingPrefix } from './read-listing';

/** A claim that was not renewed for this long belongs to a host that died. */
const staleMs = 30_000;

/**
 * Claims are objects beside the models. They save work, no more: what the work writes has to be safe
 * against two doing it. `clock` in milliseconds since 1970.
 */
export function createBucketClaims(client: BucketClient, clock: () => number): Claims {
  const keyOf = (name: string): string => `${stagingPrefix}claim-${name}`;

  async function find(key: string): Promise<FoundObject | undefined> {
    return (await client.list(key)).find((object) => object.key === key);
  }

  async function take(key: string, mark: Buffer): Promise<boolean> {
    for (let tries = 0; tries < 2; tries++) {
      if (await client.create(key, mark)) return true;
      const found = await find(key);
      if (found !== undefined && clock() - found.changedMs < staleMs) return false;
      if (found !== undefined) await client.remove(key);
    }
    return false;
  }

  return {
    async with(name, work) {
      const key = keyOf(name);
      // Unlike that of any other host: a claim that is there already is never taken for ours.
      const mark = Buffer.from(randomUUID());
      if (!(await take(key, mark))) return false;
      const renewal = setInterval(() => {
        client.put(key, mark).catch(() => undefined);
      }, staleMs / 3);
      try {
        await work();
      } finally {
        clearInterval(renewal);
        await client.remove(key).catch(() => undefined);
      }
      return true;
    },
    held: async (name) => (await find(keyOf(name))) !== undefined,
  };
}
