import { asShoalError, type ShoalError } from '../../core/errors';
import type { Logger } from '../../core/logging';
import type { ModelSnapshot } from '../repository/snapshot';
import type { Lifecycle } from './lifecycle';
import type { Successor } from './model-life';

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
  /** Called when more is known of why a successor cannot be loaded. */
  readonly onRefused: (model: string) => void;
  readonly logger: Logger;
}

interface Coming extends Successor {
  readonly key: string;
  error: ShoalError | null;
  busy: boolean;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Has versions that were put there by hand loaded, and makes them the default when they are. Until
 * then, and where they cannot be loaded, the default stays what it is. All hosts do so: whoever is
 * first counts.
 */
export class Succession {
  readonly #options: SuccessionOptions;
  readonly #coming = new Map<string, Coming>();

  constructor(options: SuccessionOptions) {
    this.#options = options;
  }

  /** What the repository wants now of all models. */
  follow(models: ReadonlyMap<string, ModelSnapshot>): void {
    for (const [model, coming] of this.#coming) {
      if (keyOf(models.get(model), coming.version) !== coming.key) this.#forget(model);
    }
    for (const [model, stored] of models) {
      const { successor } = stored.state;
      const key = keyOf(stored, successor);
      if (key === undefined) continue;
      if (!this.#coming.has(model)) this.#coming.set(model, comingOf(successor, key));
      this.look(model);
    }
  }

  /** Something has changed of the model. */
  look(model: string): void {
    const coming = this.#coming.get(model);
    if (coming === undefined || coming.busy || !this.#isHere(model, coming)) return;
    const life = this.#options.lifecycle.models().get(model)?.versions.get(coming.version);
    if (coming.timer === undefined || life?.state === 'ready') void this.#try(model, coming);
  }

  /** What could not be loaded is tried again now. */
  again(model: string): void {
    const coming = this.#coming.get(model);
    if (coming === undefined) return;
    clearTimeout(coming.timer);
    Object.assign(coming, { error: null, timer: undefined });
    this.look(model);
  }

  /** Undefined where none is to come, or it is not to be on this host. */
  successorOf(model: string): Successor | undefined {
    const coming = this.#coming.get(model);
    return coming !== undefined && this.#isHere(model, coming) ? coming : undefined;
  }

  /** All are the default that can be. */
  settled(): boolean {
    return [...this.#coming.keys()].every((model) => this.successorOf(model)?.error !== null);
  }

  close(): void {
    for (const model of [...this.#coming.keys()]) this.#forget(model);
  }

  async #try(model: string, coming: Coming): Promise<void> {
    const { version } = coming;
    const { lifecycle, succeed, logger } = this.#options;
    const wanted = (): boolean => this.#coming.get(model) === coming;
    coming.busy = true;
    try {
      await lifecycle.demand(model, version, performance.now() + memoryWaitMs, wanted);
      const made = await succeed(model, version);
      if (made) logger.info({ model, version }, 'what was put there is the default now');
    } catch (error) {
      if (wanted()) this.#refused(model, coming, asShoalError(error));
    } finally {
      coming.busy = false;
    }
  }

  #refused(model: string, coming: Coming, error: ShoalError): void {
    const { version } = coming;
    const { logger, onRefused } = this.#options;
    if (coming.error?.message !== error.message) {
      logger.warn({ model, version, err: error }, 'what was put there cannot be the default');
    }
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

/** Undefined where the version is not to take over, or there is nothing to load. */
function keyOf(model: ModelSnapshot | undefined, version: number): string | undefined {
  if (model === undefined || model.state.unloaded || model.state.successor !== version) {
    return undefined;
  }
  return model.versions.find((stored) => stored.version === version)?.key;
}

function comingOf(version: number, key: string): Coming {
  return { version, key, error: null, busy: false, timer: undefined };
}
