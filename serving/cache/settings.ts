import { setting, whole } from '../../core/settings';

/** Settings of the cache of answers; the same on inferrer and modelhost. */
export const cacheSettings = {
  CACHE_BYTES: setting(
    whole(0, 64_000_000_000),
    '67108864',
    'Bytes of answers that are kept for models whose configuration wants that; 0 keeps none.',
  ),
};
