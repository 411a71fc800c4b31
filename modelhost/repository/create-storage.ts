import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Logger } from '../../core/logging';
import { bucketAddress } from './bucket/bucket-address';
import type { BucketObserver } from './bucket/bucket-observer';
import { createBucketStorage } from './bucket/bucket-storage';
import { createS3Client } from './bucket/s3-client';
import type { BucketSettings } from './bucket/settings';
import { createDirectoryStorage } from './directory-storage';
import { nodeFileSystem } from './file-system';
import type { Storage } from './storage';

/** Where a repository lies: a directory, or a bucket where it is `s3://bucket/prefix`, which is observed. */
export function createStorage(
  repository: string,
  settings: BucketSettings,
  logger: Logger,
  observer?: BucketObserver,
): Storage {
  const address = bucketAddress(repository);
  if (address === undefined) return createDirectoryStorage(nodeFileSystem, repository);
  const { MODEL_CACHE, MODEL_CACHE_BYTES, S3_TIMEOUT_MS, S3_ATTEMPTS } = settings;
  return createBucketStorage({
    client: createS3Client(settings, address, observer),
    cache: MODEL_CACHE === '' ? path.join(tmpdir(), 'shoal-model-cache') : MODEL_CACHE,
    cacheBytes: MODEL_CACHE_BYTES,
    limits: { silentMs: S3_TIMEOUT_MS, attempts: S3_ATTEMPTS },
    logger,
    ...(observer === undefined ? {} : { observer }),
  });
}
