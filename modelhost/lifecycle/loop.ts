import { asShoalError, type ShoalError } from '../../core/errors';
import type { Assignment } from '../placement/placed-on';
import { emptySnapshot, type ModelSnapshot, type Snapshot } from '../repository/snapshot';
import type { RunnerChange } from '../runners/runner-supervisor';
import { keepWanted, leftQuietly } from './leaving';
import type { Lifecycle, LifecycleOptions } from './lifecycle';
import { loadOrder } from './load-order';
import { demandVersion, isFailed } from './demand';
import { areSettled, countFailure, newModelLife, newVersionLife } from './model-life';
import type { ModelLife, VersionLife } from './model-life';
import { nextAction, type Action, type WantedModel } from './next-action';
import { removeFiles, type RemoveParts } from './remove-files';
import { isLasting, retryMs } from './retry';
import { rolesIn } from './roles';
import { advance } from './state';
import { Succession } from './succession';
import { Timers } from './timers';
import { until } from './until';
import { nowOf, wantedHere, wantedVersions } from './wanted';

const flipRetryMs = 500;

export function createLifecycle(options: LifecycleOptions): Lifecycle {
  return new Loop(options);
}

class Loop implements Lifecycle {
  readonly #options: LifecycleOptions;
  readonly #lives = new Map<string, ModelLife>();
  readonly #listeners = new Set<(model: string) => void>();
  readonly #timers = new Timers();
  readonly #stopListening: () => void;
  readonly succession: Succession;
  readonly #removal: RemoveParts;
  #snapshot: ReadonlyMap<string, ModelSnapshot> = new Map();
  #wanted: ReadonlyMap<string, WantedModel> = new Map<string, WantedModel>();
  #closed = false;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.succession = new Succession({
      lifecycle: this,
      wants: (model, version) => this.#wants(model, version),
      succeed: options.succeed ?? (() => Promise.resolve(false)),
      onRefused: (model) => {
        this.#tell(model);
      },
      placements: options.placements,
      logger: options.logger,
    });
    this.#removal = { options, timers: this.#timers, onDue: this.#step };
    this.#stopListening = options.supervisor.onChange((change) => {
      this.#onRunnerChange(change);
    });
    options.residency?.onChange(this.#changed);
    options.placements?.onChange(() => {
      this.want({ ...emptySnapshot, models: this.#snapshot });
    });
  }

  want({ models }: Snapshot): void {
    if (this.#closed) return;
    this.#snapshot = models;
    this.#wanted = wantedHere(models, this.#options.placements, this.#lives);
    this.#options.residency?.follow(
      wantedVersions(models, this.#wanted),
      (model, version) => this.#lives.get(model)?.versions.has(version) === true,
    );
    for (const model of new Set([...this.#lives.keys(), ...this.#wanted.keys()])) {
      keepWanted(this.#lives.get(model), this.#wanted.get(model));
      this.#step(model);
      this.#tell(model);
    }
    this.succession.follow(models);
  }

  again(model: string): void {
    const { versions } = this.#lives.get(model) ?? newModelLife();
    const failed = [...versions].filter(([, life]) => isFailed(life)).map(([version]) => version);
    for (const version of failed) versions.delete(version);
    for (const version of failed) this.#options.residency?.again(model, version);
    this.#changed(model);
    this.succession.again(model);
  }

  demand(model: string, version: number, deadline: number, still = () => true): Promise<void> {
    const { residency } = this.#options;
    const wanted = (): boolean => still() && this.#wants(model, version);
    return demandVersion({ lifecycle: this, residency, wanted }, { model, version, deadline });
  }

  #wants(model: string, version: number): boolean {
    return this.#wanted.get(model)?.versions.has(version) === true;
  }

  onDemand(model: string, version: number): boolean {
    return this.#options.residency?.onDemand(model, version) ?? false;
  }

  assignmentOf(model: string, version: number): Assignment | undefined {
    return this.#options.placements?.assignmentOf(model, version);
  }

  models(): ReadonlyMap<string, ModelLife> {
    return this.#lives;
  }

  onChange(listener: (model: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  settled(): boolean {
    return areSettled(this.#wanted, this.#lives) && this.succession.settled();
  }

  until(condition: () => boolean, deadline: number, what: string): Promise<void> {
    const watch = (listener: () => void): (() => void) => this.onChange(listener);
    return until({ condition, watch, deadline, what });
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.succession.close();
    this.#timers.close();
    this.#options.residency?.close();
  }

  /** Does whatever can be done for a model now. Every action changes what there is, at once. */
  readonly #step = (model: string): void => {
    const { residency } = this.#options;
    while (!this.#closed) {
      const life = this.#lives.get(model);
      const action = nextAction(
        nowOf(this.#wanted.get(model), residency, model),
        life && { ...life, generation: life.served.generation },
      );
      if (action === undefined) return;
      this.#perform(model, action);
    }
  };

  #tell(model: string): void {
    for (const listener of [...this.#listeners]) listener(model);
  }

  readonly #changed = (model: string): void => {
    this.#step(model);
    this.#tell(model);
    this.succession.look(model);
  };

  #perform(model: string, action: Action): void {
    const life = this.#lives.get(model) ?? newModelLife();
    this.#lives.set(model, life);
    switch (action.kind) {
      case 'load':
        void this.#load(model, life, action.version);
        return;
      case 'unload':
        void this.#unload(model, life, action.version);
        return;
      case 'set-generation':
        void this.#flip(model, life);
        return;
      case 'remove-files':
        void removeFiles(this.#removal, life, model, action.version);
        return;
      case 'forget':
        life.versions.delete(action.version);
        return;
      case 'forget-model':
        this.#lives.delete(model);
        return;
    }
  }

  async #load(model: string, life: ModelLife, version: number): Promise<void> {
    const stored = this.#snapshot.get(model)?.versions.find((each) => each.version === version);
    if (stored === undefined) throw new Error(`nothing is stored as ${model}:${version}`);
    const one = newVersionLife(stored);
    one.state = advance(one.state, 'loading');
    life.versions.set(version, one);
    const began = performance.now();
    try {
      await this.#options.fetch(stored);
      const state = this.#snapshot.get(model)?.state;
      const order = loadOrder(stored, state, this.#options);
      const loaded = await this.#options.supervisor.load(order);
      this.#options.residency?.loaded(loaded);
      if (one.state === 'loading') one.state = advance(one.state, 'ready');
      this.#options.onLoaded?.(model, version, performance.now() - began);
      life.tries.delete(version);
      this.#options.logger.info({ model, version }, 'ready');
    } catch (error) {
      this.#fail(model, one, asShoalError(error));
    }
    this.#changed(model);
  }

  #fail(model: string, one: VersionLife, error: ShoalError): void {
    const { version } = one.stored;
    if (one.state === 'failed') return;
    // What has been loaded once and cannot be again is the same model: its files are away, perhaps.
    const lasts = isLasting(error) && one.state !== 'ready';
    one.state = advance(one.state, 'failed');
    one.error = error;
    this.#options.residency?.failed(model, version);
    this.#options.logger.error({ model, version, err: error }, 'cannot be served');
    const life = this.#lives.get(model);
    if (lasts || life === undefined) return;
    const delayMs = retryMs(error, countFailure(life, version), this.#options.retryDelayMs);
    this.#timers.later(delayMs, () => {
      // It is over, or has been tried again by hand: how that went counts.
      if (life.versions.get(version) !== one) return;
      life.versions.delete(version);
      this.#options.residency?.again(model, version);
      this.#changed(model);
    });
  }

  async #flip(model: string, life: ModelLife): Promise<void> {
    const state = this.#snapshot.get(model)?.state;
    if (state === undefined) return;
    life.flipping = true;
    try {
      await this.#options.supervisor.arrange(model, rolesIn(state));
      await this.#options.supervisor.setGeneration(model, state.generation);
    } catch (error) {
      this.#options.logger.error({ model, err: error }, 'the generation could not be set');
      this.#timers.later(flipRetryMs, () => {
        life.flipping = false;
        this.#changed(model);
      });
      return;
    }
    life.flipping = false;
    life.served = state;
    this.#changed(model);
  }

  async #unload(model: string, life: ModelLife, version: number): Promise<void> {
    const one = life.versions.get(version);
    if (one === undefined) return;
    if (this.#wanted.get(model)?.unloaded === true) {
      const { supervisor, logger } = this.#options;
      if (!(await leftQuietly(one, supervisor, logger))) return;
    }
    one.state = advance(one.state, 'draining');
    try {
      await this.#options.supervisor.unload(model, version);
    } catch (error) {
      this.#options.logger.error({ model, version, err: error }, 'could not be unloaded');
    }
    one.state = advance(one.state, 'unloaded');
    this.#options.residency?.left(model, version);
    this.#options.logger.info({ model, version }, 'unloaded');
    this.#changed(model);
    this.#options.placements?.look();
  }

  #onRunnerChange(change: RunnerChange): void {
    if (change.kind !== 'loaded' && change.kind !== 'failed') {
      for (const model of this.#lives.keys()) this.#tell(model);
      return;
    }
    const one = this.#lives.get(change.model)?.versions.get(change.version);
    if (change.kind === 'failed' && one?.state === 'ready') {
      this.#fail(change.model, one, change.error);
    }
    this.#changed(change.model);
  }
}
