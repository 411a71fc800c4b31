import { asShoalError, type ShoalError } from '../../core/errors';
import type { Logger } from '../../core/logging';
import type { Heartbeat } from '../../protocol/cluster/heartbeat';
import { placedKey } from '../../protocol/placement';
import type { Placements } from '../placement/placements';
import type { ModelSnapshot, StoredVersion } from '../repository/snapshot';
import type { Lifecycle, Successors } from './lifecycle';
import type { Successor } from './model-life';
import { othersWord } from './others-word';

/** What keeps a successor from being loaded here is looked at again after this, in milliseconds. */
const retryMs = 5000;
/** Longest wait for memory at a time, in milliseconds: others who ask wait behind it. */
const memoryWaitMs = 60_000;

export interface SuccessionOptions {
  readonly lifecycle: Pick<Lifecycle, 'models' | 'demand'>;
  /** Whether a version is to be loaded on this host. */
  readonly wants: (model: string, version: number) => boolean;
  /** See `LifecycleOptions`. */
  readonly succeed: (model: string, version: number) => Promise<boolean>;
  /** Called when more is known of why a successor cannot be the default. */
  readonly onRefused: (model: string) => void;
  /** The other hosts; absent: there are none. */
  readonly placements?: Pick<Placements, 'others' | 'onTold'> | undefined;
  readonly logger: Logger;
}

interface Coming extends Successor {
  readonly stored: StoredVersion;
  error: ShoalError | null;
  refusedByOthers: ShoalError | null;
  /** It has been loaded here; it may have left memory since. */
  loaded: boolean;
  /** It is for others to load it. */
  waits: boolean;
  busy: boolean;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Has versions that were put there by hand loaded, and makes them the default when all hosts have
 * that are to have them. Until then, and where one of them cannot, the default stays what it is. All
 * hosts do so: whoever is first counts.
 */
export class Succession implements Successors {
  readonly #options: SuccessionOptions;
  readonly #coming = new Map<string, Coming>();
  readonly #stopListening: (() => void) | undefined;

  constructor(options: SuccessionOptions) {
    this.#options = options;
    this.#stopListening = options.placements?.onTold(() => {
      for (const [model, { waits }] of [...this.#coming]) if (waits) this.look(model);
    });
  }

  /** What the repository wants now of all models. */
  follow(models: ReadonlyMap<string, ModelSnapshot>): void {
    for (const [model, coming] of this.#coming) {
      if (successorIn(models.get(model))?.key !== coming.stored.key) this.#forget(model);
    }
    for (const [name, model] of models) {
      const successor = successorIn(model);
      if (successor === undefined) continue;
      if (!this.#coming.has(name)) this.#coming.set(name, comingOf(successor));
      this.look(name);
    }
  }

  /** Something has changed of the model. */
  look(model: string): void {
    const coming = this.#coming.get(model);
    if (coming === undefined || coming.busy || !this.#isHere(model, coming)) return;
    const life = this.#options.lifecycle.models().get(model)?.versions.get(coming.version);
    if (life?.state === 'failed') coming.loaded = false;
    if (coming.timer === undefined || life?.state === 'ready') void this.#try(model, coming);
  }

  /** What could not be loaded is tried again now. */
  again(model: string): void {
    const coming = this.#coming.get(model);
    if (coming === undefined) return;
    clearTimeout(coming.timer);
    Object.assign(coming, { error: null, refusedByOthers: null, timer: undefined });
    this.look(model);
  }

  successorOf(model: string): Successor | undefined {
    const coming = this.#coming.get(model);
    return coming !== undefined && this.#isHere(model, coming) ? coming : undefined;
  }

  /** All are the default that can be, by what this host can do for it. */
  settled(): boolean {
    return [...this.#coming].every(
      ([model, coming]) => coming.waits || coming.error !== null || !this.#isHere(model, coming),
    );
  }

  told(): Required<Heartbeat>['successors'] {
    const told: Record<string, string> = {};
    for (const [model, coming] of this.#coming) {
      const { version, loaded, error } = coming;
      if (!this.#isHere(model, coming) || !(loaded || error !== null)) continue;
      told[placedKey(model, version)] = loaded ? '' : (error?.message ?? '');
    }
    return told;
  }

  close(): void {
    this.#stopListening?.();
    for (const model of [...this.#coming.keys()]) this.#forget(model);
  }

  async #try(model: string, coming: Coming): Promise<void> {
    const { version } = coming;
    const { lifecycle, succeed, logger } = this.#options;
    const wanted = (): boolean => this.#coming.get(model) === coming;
    coming.busy = true;
    try {
      if (!coming.loaded) {
        await lifecycle.demand(model, version, performance.now() + memoryWaitMs, wanted);
        Object.assign(coming, { loaded: true, error: null });
      }
      if (!this.#othersCan(model, coming)) return;
      const made = await succeed(model, version);
      if (made) logger.info({ model, version }, 'what was put there is the default now');
    } catch (error) {
      if (wanted()) this.#refused(model, coming, asShoalError(error));
    } finally {
      coming.busy = false;
    }
  }

  /** Whether all other hosts that are to have it have loaded it; else what they say is kept. */
  #othersCan(model: string, coming: Coming): boolean {
    const { placements, logger, onRefused } = this.#options;
    const { version, stored, waits: waited, refusedByOthers: before } = coming;
    const others = placements === undefined ? [] : placements.others(stored);
    const word = othersWord(others, model, version);
    const refusal = typeof word === 'string' ? null : word;
    Object.assign(coming, { waits: word !== 'can be', refusedByOthers: refusal });
    this.#warn(model, version, before, refusal);
    if (coming.waits && !waited) {
      logger.info({ model, version }, 'what was put there waits until other modelhosts have it');
    }
    if (coming.waits !== waited || refusal?.message !== before?.message) onRefused(model);
    return !coming.waits;
  }

  /** Once for each reason. */
  #warn(model: string, version: number, before: ShoalError | null, err: ShoalError | null): void {
    if (err === null || before?.message === err.message) return;
    const { logger } = this.#options;
    logger.warn({ model, version, err }, 'what was put there cannot be the default');
  }

  #refused(model: string, coming: Coming, error: ShoalError): void {
    const { onRefused } = this.#options;
    this.#warn(model, coming.version, coming.error, error);
    coming.error = error;
    clearTimeout(coming.timer);
    coming.timer = setTimeout(() => {
      coming.timer = undefined;
      this.look(model);
    }, retryMs).unref();
    onRefused(model);
  }

  #isHere(model: string, { version }: Coming): boolean {
    return this.#options.wants(model, version);
  }

  #forget(model: string): void {
    clearTimeout(this.#coming.get(model)?.timer);
    this.#coming.delete(model);
  }
}

/** Undefined where no version is to take over, or there is nothing to load. */
function successorIn(model: ModelSnapshot | undefined): StoredVersion | undefined {
  if (model === undefined || model.state.unloaded) return undefined;
  return model.versions.find(({ version }) => version === model.state.successor);
}

function comingOf(stored: StoredVersion): Coming {
  const { version } = stored;
  const fresh = { error: null, refusedByOthers: null, loaded: false, waits: false };
  return { stored, version, ...fresh, busy: false, timer: undefined };
}
