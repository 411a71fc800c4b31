import { oneOf, optionalWebUrl, setting, text, whole, type Settings } from '../../../core/settings';

/** How a repository in a bucket is reached and kept on this machine's disk. */
export const bucketSettings = {
  S3_ENDPOINT: setting(
    optionalWebUrl('https://s3.example.com'),
    '',
    'Server of the bucket. Nothing: that of Amazon for the region.',
  ),
  S3_REGION: setting(
    text('a region'),
    '',
    "Region of the bucket. Nothing: the one of Amazon's own settings, us-east-1 where S3_ENDPOINT is set.",
  ),
  S3_ACCESS_KEY_ID: setting(
    text('an access key'),
    '',
    "Access key for the bucket. Nothing: Amazon's usual sources (AWS_ACCESS_KEY_ID, profiles, roles of the machine or the pod).",
  ),
  S3_SECRET_ACCESS_KEY: setting(text('a secret key'), '', 'Secret of S3_ACCESS_KEY_ID.'),
  S3_PATH_STYLE: setting(
    oneOf(['auto', 'true', 'false']),
    'auto',
    'Whether the bucket is named in the path instead of the host name. auto: where S3_ENDPOINT is set.',
  ),
  S3_TIMEOUT_MS: setting(
    whole(100, 600_000),
    '20000',
    'Milliseconds that the server of the bucket may be silent.',
  ),
  S3_ATTEMPTS: setting(
    whole(1, 10),
    '3',
    'How often a request to the bucket is made, and a broken download resumed without progress.',
  ),
  MODEL_CACHE: setting(
    text('a directory'),
    '',
    'Directory for models that come from a bucket, for hosts of one user on one machine. Nothing: shoal-model-cache in the directory for temporary files.',
  ),
  MODEL_CACHE_BYTES: setting(
    whole(0, Number.MAX_SAFE_INTEGER),
    '10737418240',
    'Bytes of model files that are kept there; those unused for longest go first, never what is loaded.',
  ),
};

export type BucketSettings = Settings<typeof bucketSettings>;
