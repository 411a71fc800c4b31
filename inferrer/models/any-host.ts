import { asShoalError, ShoalError, type ErrorCode } from '../../core/errors';
import { affinity } from '../../serving/dispatch/affinity';
import type { HostRegistry, KnownHost } from '../hosts/host-registry';
import { heardFirst, isUnheard, unlessLost } from '../hosts/unless-lost';
import type { CallHost, HostRequest } from './host-calls';
import { isServing, serving } from './host-progress';
import { errorOfReply, type HostReply } from './host-reply';

export interface AnyHost {
  readonly registry: HostRegistry;
  readonly call: CallHost;
}

/** The hosts to turn to, those last of which nothing is heard. Throws no_host. */
export function hostsToAsk(registry: HostRegistry): KnownHost[] {
  const hosts = heardFirst(serving(registry.hosts()));
  if (hosts.length > 0) return hosts;
  throw new ShoalError('no_host', 'No modelhost is there; try again when one is.', {
    retryAfter: 1,
  });
}

/**
 * The host that tries and stores what is uploaded: another for each name, so that many uploads are
 * not one host's work, and for all inferrers the same. Throws no_host.
 */
export function hostToUploadTo(registry: HostRegistry, model: string): KnownHost {
  const hosts = hostsToAsk(registry);
  const reached = hosts.filter(({ silent, leftOut }) => silent !== true && leftOut !== true);
  const among = reached.length > 0 ? reached : hosts;
  return among.reduce((best, host) =>
    affinity(host.id, model) > affinity(best.id, model) ? host : best,
  );
}

/**
 * Has one host do something that may be done twice; turns to the next when one dies, is not heard of
 * any more or will not, or fails with one of `further`. Throws what a host answered, or no_host or
 * host_lost where none could be reached.
 */
export async function askAnyHost(
  of: AnyHost,
  request: HostRequest,
  further: readonly ErrorCode[] = [],
): Promise<HostReply> {
  let fault: ShoalError | undefined;
  for (const host of hostsToAsk(of.registry)) {
    const outcome = await ask(of, host, request);
    if (!(outcome instanceof ShoalError)) return outcome;
    if (fault?.code === 'host_lost' && isGone(request, outcome)) throw fault;
    if (!elsewhere.includes(outcome.code) && !further.includes(outcome.code)) throw outcome;
    fault = outcome;
  }
  throw fault ?? new ShoalError('no_host', 'No modelhost is there.', { retryAfter: 1 });
}

/**
 * A host that died may have deleted first: that nothing is left to delete then says nothing about
 * what was there before.
 */
function isGone({ method }: HostRequest, { code }: ShoalError): boolean {
  return method === 'DELETE' && /^unknown_(model|version)$/.test(code);
}

/** Faults of one host that another need not have. */
const elsewhere: readonly ErrorCode[] = [
  'host_lost',
  'not_ready',
  'shutting_down',
  // One of an earlier build.
  'unknown_route',
];

async function ask(
  { registry, call }: AnyHost,
  host: KnownHost,
  request: HostRequest,
): Promise<HostReply | ShoalError> {
  try {
    const isLost = isUnheard(host, isServing);
    const answer = await unlessLost(registry, isLost, (signal) =>
      call(host.url, { ...request, signal }),
    );
    const reply = { ...answer, host: host.id };
    return reply.status < 300 ? reply : errorOfReply(reply);
  } catch (error) {
    return asShoalError(error);
  }
}
