import type { ShoalError } from '../../core/errors';
import type { Servable } from '../../protocol/catalog';
import type { Caller } from '../../protocol/infer';
import type { ModelRates, Rate } from '../../protocol/rate';
import { createBucket, take, waitMs, type Bucket } from './bucket';
import type { NameClient } from './client-name';
import { RecentTable } from './recent-table';
import { limitRefusal, type LimitReason, type ObserveLimit } from './refusal';

/** Models whose use is remembered, and clients of each. */
const mostModels = 4096;
const mostClients = 16_384;

/** What one model was asked, by everybody and by each client; all its versions together. */
interface Use {
  readonly model: string;
  readonly total: Bucket;
  readonly clients: RecentTable<Bucket>;
}

export interface ModelLimitParts {
  /** For models that say nothing themselves. */
  readonly standard: ModelRates | null;
  readonly nameClient: NameClient;
  readonly observe: ObserveLimit;
  /** Milliseconds of a clock that does not go back. */
  readonly now: () => number;
}

interface Limit {
  readonly model: string;
  readonly reason: LimitReason;
  readonly bucket: Bucket | null;
  readonly rate: Rate | null;
}

/** The limits of all models: each one's total, and each client's share of it. */
export class ModelLimits {
  readonly #parts: ModelLimitParts;
  readonly #uses: RecentTable<Use>;
  /** The one of the request before: mostly that of the next, too. */
  #latest: Use | undefined;

  constructor(parts: ModelLimitParts) {
    this.#parts = parts;
    this.#uses = new RecentTable(mostModels, (model) => ({
      model,
      total: createBucket(),
      clients: new RecentTable(mostClients, createBucket),
    }));
  }

  /** Why a request is refused, or nothing if it may pass; then it has been counted. */
  admit({ model, rates }: Servable, caller: Caller): ShoalError | undefined {
    const limits = rates ?? this.#parts.standard;
    if (limits === null) return undefined;
    const use = this.#useOf(model);
    const now = this.#parts.now();
    const { total, perClient } = limits;
    const client = perClient === null ? null : use.clients.of(this.#parts.nameClient(caller));
    const refusal =
      this.#refusal({ model, reason: 'model_client', bucket: client, rate: perClient }, now) ??
      this.#refusal({ model, reason: 'model', bucket: use.total, rate: total }, now);
    if (refusal !== undefined) return refusal;
    if (client !== null && perClient !== null) take(client, perClient, now);
    if (total !== null) take(use.total, total, now);
    return undefined;
  }

  #refusal({ model, reason, bucket, rate }: Limit, now: number): ShoalError | undefined {
    if (bucket === null || rate === null) return undefined;
    const wait = waitMs(bucket, rate, now);
    if (wait === 0) return undefined;
    this.#parts.observe(model, reason);
    return limitRefusal({ reason, model }, rate, wait);
  }

  #useOf(model: string): Use {
    if (this.#latest?.model === model) return this.#latest;
    return (this.#latest = this.#uses.of(model));
  }
}
