import { noSharedRegions } from '../../protocol/control/no-shared-memory';
import type { SharedRegions } from '../../protocol/control/shared-memory';
import type { SharedMemorySettings } from './settings';
import { ClientRegions } from './shared-regions';

/** The regions that the settings offer, and how to let go of them at the end. */
export function createSharedRegions(
  settings: SharedMemorySettings & { readonly MAX_BODY_BYTES: number },
): { readonly regions: SharedRegions; readonly close: () => void } {
  if (settings.SHARED_MEMORY === 'off') return { regions: noSharedRegions, close: () => undefined };
  const regions = new ClientRegions({
    maxRegions: settings.SHARED_MEMORY_REGIONS,
    maxBytes: settings.SHARED_MEMORY_BYTES,
    maxRequestBytes: settings.MAX_BODY_BYTES,
  });
  return {
    regions,
    close: () => {
      regions.close();
    },
  };
}
