import { asShoalError } from '../core/errors';
import type { Logger } from '../core/logging';
import type { ModelEntry, Servable } from '../protocol/catalog';
import type { RunnerAddress } from '../protocol/cluster/heartbeat';
import { mayServe } from '../serving/dispatch/may-serve';
import { nextChange } from '../serving/dispatch/next-change';
import { Place } from '../serving/dispatch/place';
import type { Places } from '../serving/dispatch/dispatcher';
import { createFramesLink } from '../serving/link/frames-link';
import type { RunnerSupervisor } from './runners/runner-supervisor';

export interface RunnerPlacesOptions {
  readonly hostId: string;
  readonly supervisor: RunnerSupervisor;
  readonly secret: string;
  /** Shared memory for large inputs on their way to one runner. */
  readonly sharedBytes: number;
  /** What this host knows of a model now, deleted ones too. */
  readonly entryOf: (model: string) => ModelEntry | undefined;
  /** Has a version loaded that is not, and is when it is asked for. */
  readonly demand: (model: string, version: number, deadline: number) => Promise<void>;
  readonly logger: Logger;
}

/** This host's own runners as places for the batches of its own HTTP server. */
export class RunnerPlaces implements Places {
  readonly #options: RunnerPlacesOptions;
  readonly #places = new Map<string, Place>();

  constructor(options: RunnerPlacesOptions) {
    this.#options = options;
  }

  serving({ model, version }: Servable): readonly Place[] {
    const location = this.#options.supervisor.location(model, version);
    return location?.state === 'ready' ? [this.#placeOf(location.runner)] : [];
  }

  superseded(servable: Servable): boolean {
    return !mayServe(this.#options.entryOf(servable.model), servable);
  }

  demand({ model, version }: Servable, deadline: number): Promise<void> | undefined {
    if (this.#options.supervisor.location(model, version)?.state === 'ready') return undefined;
    const { versions = [] } = this.#options.entryOf(model) ?? {};
    const entry = versions.find((each) => each.version === version);
    if (entry?.onDemand !== true) return undefined;
    return this.#options.demand(model, version, deadline).catch((error: unknown) => {
      // Not to be loaded any more: what is served now is to be found again.
      if (asShoalError(error).code !== 'conflict') throw error;
    });
  }

  changed(ms: number): Promise<void> {
    return nextChange((listener) => this.#options.supervisor.onChange(listener), ms);
  }

  close(): void {
    for (const place of this.#places.values()) place.close();
    this.#places.clear();
  }

  #placeOf(runner: RunnerAddress): Place {
    let place = this.#places.get(runner.id);
    if (place === undefined) {
      this.#forgetDead();
      const { hostId, secret, sharedBytes, logger } = this.#options;
      const { address } = runner;
      place = new Place(hostId, createFramesLink({ address, secret, sharedBytes, logger }));
      this.#places.set(runner.id, place);
    }
    return place;
  }

  #forgetDead(): void {
    const alive = new Set(this.#options.supervisor.runners().map(({ id }) => id));
    for (const [id, place] of this.#places) {
      if (alive.has(id)) continue;
      place.close();
      this.#places.delete(id);
    }
  }
}
