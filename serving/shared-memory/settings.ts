import { oneOf, setting, whole, type Settings } from '../../core/settings';

/** Settings of every process that clients may share memory with. */
export const sharedMemorySettings = {
  SHARED_MEMORY: setting(
    oneOf(['off', 'on']),
    'off',
    'on: clients on this machine may register objects of their own in /dev/shm, and name them instead of sending tensors.',
  ),
  SHARED_MEMORY_REGIONS: setting(
    whole(1, 100_000),
    '1024',
    'Regions of shared memory that may be registered at the same time.',
  ),
  SHARED_MEMORY_BYTES: setting(
    whole(1, 1_000_000_000_000),
    '4294967296',
    'Bytes that all registered regions may have together.',
  ),
};

export type SharedMemorySettings = Settings<typeof sharedMemorySettings>;
