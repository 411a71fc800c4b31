import { setting, whole, type Settings } from '../../core/settings';

/** How much may wait. */
export interface QueueLimits {
  /** Rows and bytes that may wait for one servable; more is refused with `overloaded`. */
  readonly queueRows: number;
  readonly queueBytes: number;
  /** Bytes that may wait for all servables together. */
  readonly totalBytes: number;
  /** Bytes above which a batch takes no further company. */
  readonly batchBytes: number;
}

/** Settings of the queues in front of models; the same on inferrer and modelhost. */
export const batchingSettings = {
  DEFAULT_TIMEOUT_MS: setting(
    whole(1, 86_400_000),
    '60000',
    'Longest time of a request in milliseconds, of models that do not say otherwise.',
  ),
  QUEUE_ROWS: setting(
    whole(1, 10_000_000),
    '8192',
    'Rows that may wait for one model; more are refused with 503.',
  ),
  QUEUE_BYTES: setting(
    whole(1, 64_000_000_000),
    '536870912',
    'Bytes of input that may wait for one model; more are refused with 503.',
  ),
  QUEUE_TOTAL_BYTES: setting(
    whole(1, 64_000_000_000),
    '805306368',
    'Bytes of input that may wait for all models together; the longest queue makes room for others.',
  ),
  BATCH_BYTES: setting(
    whole(1, 4_000_000_000),
    '8388608',
    'A batch of so many bytes takes no further company.',
  ),
};

export function queueLimits(settings: Settings<typeof batchingSettings>): QueueLimits {
  return {
    queueRows: settings.QUEUE_ROWS,
    queueBytes: settings.QUEUE_BYTES,
    totalBytes: settings.QUEUE_TOTAL_BYTES,
    batchBytes: settings.BATCH_BYTES,
  };
}
