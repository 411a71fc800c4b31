import type { BucketSettings } from './settings';

export type S3Settings = Omit<BucketSettings, 'MODEL_CACHE' | 'MODEL_CACHE_BYTES'>;

/** How the SDK's client of a bucket asks its server. */
export function s3Configuration(settings: S3Settings) {
  const { S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = settings;
  const region = S3_REGION === '' && S3_ENDPOINT !== '' ? 'us-east-1' : S3_REGION;
  return {
    ...(S3_ENDPOINT === '' ? {} : { endpoint: S3_ENDPOINT }),
    ...(region === '' ? {} : { region }),
    ...(S3_ACCESS_KEY_ID === ''
      ? {}
      : {
          credentials: { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY },
        }),
    forcePathStyle:
      settings.S3_PATH_STYLE === 'auto' ? S3_ENDPOINT !== '' : settings.S3_PATH_STYLE === 'true',
    // The SDK's own tries end after many failures, also when the server is back.
    maxAttempts: 1,
    // Many servers know none but those that commands want; model files have hashes of their own.
    requestChecksumCalculation: 'WHEN_REQUIRED' as const,
    responseChecksumValidation: 'WHEN_REQUIRED' as const,
    requestHandler: {
      connectionTimeout: Math.min(settings.S3_TIMEOUT_MS, 5000),
      requestTimeout: settings.S3_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  };
}
