import { asShoalError, type ErrorCode, type ShoalError } from '../../core/errors';
import type { Servable } from '../../protocol/catalog';
import type { Places } from '../../serving/dispatch/dispatcher';
import type { CallHost, HostRequest } from '../models/host-calls';
import { errorOfReply } from '../models/host-reply';
import { demandOrder, mayHave, whyNowhere } from './demand-order';
import type { HostRegistry, KnownHost } from './host-registry';
import { isUnheard, unlessLost } from './unless-lost';

interface DemandsOptions {
  readonly registry: HostRegistry;
  readonly places: Pick<Places, 'serving'>;
  readonly call: CallHost;
}

/** How long a load that a host has confirmed may take to show in its catalog, in milliseconds. */
const seenMs = 2000;

/** Faults of one host that say nothing of the others. */
const elsewhere: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'host_lost',
  'not_ready',
  'shutting_down',
  'insufficient_memory',
  'storage_unavailable',
  'insufficient_storage',
  'internal',
]);

/** The model has changed on the way: what is served now is to be found again. */
const changed: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'conflict',
  'unknown_model',
  'unknown_version',
]);

/** The hosts as places for batches, which load what a batch asks for and nobody has loaded. */
export function createClusterPlaces(directory: HostRegistry & Places, call: CallHost): Places {
  const demands = new Demands({ registry: directory, places: directory, call });
  return {
    serving: (servable, round) => directory.serving(servable, round),
    superseded: (servable) => directory.superseded(servable),
    changed: (ms) => directory.changed(ms),
    demand: (servable, deadline) => demands.demand(servable, deadline),
    why: (servable) => whyNowhere(directory.hosts(), servable),
  };
}

/** Has hosts load what is loaded on demand; whoever waits for the same waits for one load. */
class Demands {
  readonly #options: DemandsOptions;
  readonly #pending = new Map<Servable, Promise<void>>();

  constructor(options: DemandsOptions) {
    this.#options = options;
  }

  /**
   * Resolves when what may be sent has changed. Rejects with the reason why no host loads it.
   * Undefined where it is not to be asked for: somebody serves it, or nobody has it.
   */
  demand(servable: Servable, deadline: number): Promise<void> | undefined {
    const { places, registry } = this.#options;
    if (places.serving(servable, 1).length > 0) return undefined;
    const known = this.#pending.get(servable);
    if (known !== undefined) return known;
    const hosts = demandOrder(registry.hosts(), servable);
    if (hosts.length === 0) return undefined;
    const work = this.#ask(hosts, servable, deadline).finally(() => {
      this.#pending.delete(servable);
    });
    this.#pending.set(servable, work);
    return work;
  }

  async #ask(hosts: readonly KnownHost[], servable: Servable, deadline: number): Promise<void> {
    let fault: ShoalError | undefined;
    for (const host of hosts) {
      fault = await this.#askOne(host, servable, deadline);
      if (fault === undefined || changed.has(fault.code)) break;
      if (!elsewhere.has(fault.code)) throw fault;
    }
    if (fault !== undefined && !changed.has(fault.code)) throw fault;
    await this.#seen(servable, Math.min(deadline, performance.now() + seenMs));
  }

  /** The fault with which it ended; undefined where the host serves it. */
  async #askOne(
    host: KnownHost,
    servable: Servable,
    deadline: number,
  ): Promise<ShoalError | undefined> {
    const { registry, call } = this.#options;
    const timeoutMs = Math.max(1, Math.ceil(deadline - performance.now()));
    const request: HostRequest = {
      method: 'POST',
      path: `/modelhost/models/${servable.model}/demand`,
      body: { version: servable.version, timeout_ms: timeoutMs },
      requestId: '',
      timeoutMs,
    };
    const isLost = isUnheard(host, (other) => mayHave(other, servable) !== undefined);
    try {
      const reply = await unlessLost(registry, isLost, (signal) =>
        call(host.url, { ...request, signal }),
      );
      return reply.status < 300 ? undefined : errorOfReply(reply);
    } catch (error) {
      return asShoalError(error);
    }
  }

  /** Its catalog comes a moment later, or says that it has gone again. */
  async #seen(servable: Servable, until: number): Promise<void> {
    const { places, registry } = this.#options;
    const seen = (): boolean =>
      places.serving(servable, 1).length > 0 ||
      demandOrder(registry.hosts(), servable).length === 0;
    await registry.until(seen, until);
  }
}
