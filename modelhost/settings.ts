import { setting, text, whole } from '../core/settings';

/** Settings that only a modelhost has. */
export const modelhostSettings = {
  MODEL_REPOSITORY: setting(
    text('a directory'),
    './models',
    'Directory of the model repository; all modelhosts of a cluster share it.',
  ),
  EXAMPLE_MODELS: setting(
    text('a directory'),
    '',
    'Directory of models that are copied into the repository when that is empty.',
  ),
  REPOSITORY_POLL_MS: setting(
    whole(50, 3_600_000),
    '1000',
    'Milliseconds between two looks at the repository; changes are mostly seen sooner.',
  ),
  MAX_BATCH_ROWS: setting(
    whole(1, 65_536),
    '64',
    'Most rows of one run for models that set no max_batch_size.',
  ),
  PROBE_TIME_MS: setting(
    whole(100, 3_600_000),
    '60000',
    'Milliseconds that the try of a new model may take.',
  ),
  PROBE_MEMORY_BYTES: setting(
    whole(1, Number.MAX_SAFE_INTEGER),
    '4294967296',
    'Memory that the try of a new model may take, in bytes.',
  ),
};
