import { ShoalError } from '../../core/errors';
import type { HostRegistry, KnownHost } from './host-registry';

/** Whether what a host was asked for is not waited for any longer. */
export type IsLost = (hosts: readonly KnownHost[]) => boolean;

/**
 * Does something with a host, and gives it up by the signal as soon as the host is lost: what hangs
 * breaks no connection. Not begun where it is lost before; rejects with host_lost then.
 */
export async function unlessLost<Result>(
  registry: HostRegistry,
  isLost: IsLost,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (isLost(registry.hosts())) {
    const message = 'Nothing is heard of the modelhost any more.';
    throw new ShoalError('host_lost', message, { retryAfter: 1 });
  }
  const [over, lost] = [new AbortController(), new AbortController()];
  void registry.until(isLost, Infinity, over.signal).then((is) => {
    if (is) lost.abort();
  });
  try {
    return await work(lost.signal);
  } finally {
    over.abort();
  }
}

/** It has been forgotten, or has come back at another address. */
export function hasGone({ id, url }: KnownHost): IsLost {
  return (hosts) => !hosts.some((host) => host.id === id && host.url === url);
}

/** It has gone; or nothing is heard of it, and something is of another that `can` do the same. */
export function isUnheard(host: KnownHost, can: (host: KnownHost) => boolean): IsLost {
  const gone = hasGone(host);
  return (hosts) => {
    if (gone(hosts)) return true;
    const silent = hosts.some(({ id, silent }) => id === host.id && silent === true);
    return silent && hosts.some((other) => other.silent !== true && can(other));
  };
}

/** The same, those last of which nothing is heard. */
export function heardFirst(hosts: readonly KnownHost[]): KnownHost[] {
  return [...hosts].sort((a, b) => Number(a.silent === true) - Number(b.silent === true));
}
