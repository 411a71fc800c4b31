import type { Logger } from '../core/logging';
import type { RunnerAddress } from '../protocol/cluster/heartbeat';
import type { HostLink } from '../protocol/link/batch';
import { Place } from '../serving/dispatch/place';
import { createFramesLink } from '../serving/link/frames-link';
import type { Links } from './hosts/host';
import { isLive } from './hosts/is-live';
import { createOipLink, createOipPool } from './hosts/oip-link';

/** How this inferrer reaches its hosts, and the balancer as a place of its own if there is one. */
export interface Transport {
  readonly links: Links;
  readonly balancer: Place | null;
}

/** Straight to the runners by frames; to hosts that have none, over HTTP. */
export function directTransport(secret: string, sharedBytes: number, logger: Logger): Transport {
  return {
    balancer: null,
    links: {
      toRunner: ({ address }: RunnerAddress) =>
        createFramesLink({ address, secret, sharedBytes, logger }),
      toHost: (_, url) => ownPool(url, secret),
      isLive: (_, url) => isLive({ url, pin: '', secret }),
    },
  };
}

/** Everything through nginx over HTTP; one host in particular by pinning to it. */
export function balancedTransport(url: string, secret: string): Transport {
  const pool = createOipPool(url);
  const link = (pin: string): HostLink => createOipLink({ url, pin, secret, pool });
  return {
    balancer: new Place('balancer', link('')),
    links: {
      toRunner: null,
      toHost: (hostId) => link(hostId),
      isLive: (hostId) => isLive({ url, pin: hostId, secret }),
    },
  };
}

function ownPool(url: string, secret: string): HostLink {
  const pool = createOipPool(url);
  return {
    ...createOipLink({ url, pin: '', secret, pool }),
    close() {
      void pool.destroy();
    },
  };
}
