import { randomUUID } from 'node:crypto';
import { ShoalError } from '../../../core/errors';
import type { Logger } from '../../../core/logging';
import type { BucketClient } from './bucket-client';
import { stagingPrefix } from './read-listing';

/**
 * Throws unsupported for a server that overwrites what it was told to create: hosts would take back
 * one another's changes. A bucket that cannot be written is served as it is.
 */
export async function refuseUnconditional(client: BucketClient, logger: Logger): Promise<void> {
  const key = `${stagingPrefix}check-${randomUUID()}`;
  try {
    await client.create(key, Buffer.from('first'));
  } catch (error) {
    if (!(error instanceof ShoalError) || error.code !== 'insufficient_storage') throw error;
    logger.warn({ err: error }, 'the model repository can only be read');
    return;
  }
  const overwritten = await client.create(key, Buffer.from('second'));
  await client.remove(key);
  if (!overwritten) return;
  throw new ShoalError(
    'unsupported',
    'The server of the bucket ignores If-None-Match when objects are created, so that hosts would ' +
      'overwrite what others have changed. Use one that knows conditional writes.',
  );
}
