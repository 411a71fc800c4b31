import { setting, whole } from '../../core/settings';

/** Settings of every process that sends batches to runners. */
export const linkSettings = {
  LINK_SHARED_BYTES: setting(
    whole(0, 64_000_000_000),
    '67108864',
    'Memory in /dev/shm for large inputs on their way to one runner of the same machine; 0 sends them through the socket.',
  ),
};
