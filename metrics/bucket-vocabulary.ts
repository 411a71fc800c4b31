/** Of modelhosts whose models are in a bucket. */
export const bucketVocabulary = {
  shoal_bucket_requests_total: {
    type: 'counter',
    help: "Tries of requests to the server of the models' bucket (list, read, download, write, remove): ok, refused, or failed, where it could not be reached as well.",
    labels: ['operation', 'outcome'],
  },
  shoal_bucket_retries_total: {
    type: 'counter',
    help: "Requests to the server of the models' bucket that were made again, and downloads that went on where they were cut.",
    labels: ['operation'],
  },
  shoal_bucket_last_listing_timestamp_seconds: {
    type: 'gauge',
    help: "When the models' bucket was listed last, in seconds since 1970.",
    labels: [],
  },
  shoal_model_cache_bytes: {
    type: 'gauge',
    help: 'Bytes of model files that are kept in MODEL_CACHE.',
    labels: [],
  },
  shoal_model_cache_evictions_total: {
    type: 'counter',
    help: 'Model files that this host has removed from MODEL_CACHE because there were too many bytes.',
    labels: [],
  },
} as const;
