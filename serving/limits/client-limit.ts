import type { ShoalError } from '../../core/errors';
import type { Caller } from '../../protocol/infer';
import type { Rate } from '../../protocol/rate';
import { createBucket, take, waitMs } from './bucket';
import type { NameClient } from './client-name';
import { RecentTable } from './recent-table';
import { limitRefusal, type ObserveLimit } from './refusal';

/** Clients that are remembered. Those beyond it that ask least begin anew with a whole burst. */
const mostClients = 65_536;

export interface ClientLimitParts {
  readonly rate: Rate;
  readonly nameClient: NameClient;
  readonly observe: ObserveLimit;
  /** Milliseconds of a clock that does not go back. */
  readonly now: () => number;
}

/** Why a request is refused at the door, or nothing if it may pass. */
export type AdmitClient = (path: string, caller: Caller) => ShoalError | undefined;

/** What the cluster and its operators ask must get through whatever else an address does. */
const exempt = /^\/(?:(?:v2\/)?health\/|metrics(?:\/|$)|cluster\/)/;

/**
 * Limits all requests of each client together, whatever they ask, before anything is read of
 * their bodies; health, metrics and the cluster's own paths excepted.
 */
export function createClientLimit({
  rate,
  nameClient,
  observe,
  now,
}: ClientLimitParts): AdmitClient {
  const clients = new RecentTable(mostClients, createBucket);
  return (path, caller) => {
    if (exempt.test(path)) return undefined;
    const at = now();
    const bucket = clients.of(nameClient(caller));
    const wait = waitMs(bucket, rate, at);
    if (wait > 0) {
      observe('', 'client');
      return limitRefusal({ reason: 'client', model: '' }, rate, wait);
    }
    take(bucket, rate, at);
    return undefined;
  };
}
