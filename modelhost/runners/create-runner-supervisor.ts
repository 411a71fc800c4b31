import { rmSync } from 'node:fs';
import { ShoalError } from '../../core/errors';
import type { RunnerAddress } from '../../protocol/cluster/heartbeat';
import type { LoadMeasure, RunnerLoad } from '../runner/control';
import { keyOf, promiseWithResolvers, type Entry } from './entry';
import { Judge } from './judge';
import { loadMessage } from './load-message';
import { RunnerKeeper, type KeeperEvents } from './runner-keeper';
import { Replacements } from './replacements';
import { autopsy, overMemory, type RunnerDeath } from './runner-death';
import { memoryOf } from './runner-memory';
import { RunnerGone, type RunnerProcess } from './runner-process';
import type {
  LoadedServable,
  LoadOrder,
  RunnerChange,
  RunnerLocation,
  RunnerMemory,
  RunnerSupervisor,
  VersionUsage,
} from './runner-supervisor';
import { makeRunnerDirectory, startRunner } from './start-runner';
import { supervisorDefaults, type SupervisorOptions } from './supervisor-options';

type Given = Partial<SupervisorOptions> &
  Pick<SupervisorOptions, 'host' | 'parentDirectory' | 'logger'>;

/** A supervisor that also tells the processes, for memory figures and for whoever kills them. */
export interface RunnerPool extends RunnerSupervisor {
  /** Process ids by runner id. */
  pids(): ReadonlyMap<string, number>;
}

/** Starts the shared runner; further ones come and go with the models that have their own. */
export function createRunnerSupervisor(options: Given): RunnerPool {
  return new Supervisor({ ...supervisorDefaults, ...options });
}

class Supervisor implements RunnerPool, KeeperEvents {
  readonly #options: SupervisorOptions;
  readonly #directory: string;
  readonly #judge: Judge;
  readonly #replacements: Replacements;
  readonly #shared: RunnerKeeper;
  readonly #own = new Map<string, RunnerKeeper>();
  readonly #entries = new Map<string, Entry>();
  readonly #generations = new Map<string, number>();
  readonly #listeners = new Set<(change: RunnerChange) => void>();
  #lastMark = 0;
  #closed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#directory = makeRunnerDirectory(options.parentDirectory);
    this.#judge = new Judge(options);
    this.#replacements = new Replacements(options.replacementPauseMs);
    this.#shared = new RunnerKeeper('shared', this);
    this.#shared.wake();
  }

  load(order: LoadOrder): Promise<LoadedServable> {
    if (this.#closed) {
      return Promise.reject(new ShoalError('shutting_down', 'The modelhost is stopping.'));
    }
    const key = keyOf(order.model, order.version);
    const known = this.#entries.get(key);
    if (known !== undefined) return known.first.promise;
    const verdict = this.#judge.verdict(key);
    if (verdict === 'quarantined') {
      return Promise.reject(this.#judge.refusal(order, key, 'it killed its runners before'));
    }
    const first = promiseWithResolvers<LoadedServable>();
    const mark = ++this.#lastMark;
    const entry: Entry = { order, key, mark, state: 'wanted', first, settled: false };
    this.#entries.set(key, entry);
    this.#keeperFor(entry, order.ownRunner || verdict === 'suspect').add(entry);
    return first.promise;
  }

  async quiet(model: string, version: number): Promise<void> {
    const entry = this.#entries.get(keyOf(model, version));
    if (entry !== undefined) await this.#keeperOf(entry)?.quiet(entry);
  }

  async unload(model: string, version: number): Promise<void> {
    const entry = this.#entries.get(keyOf(model, version));
    if (entry === undefined) return;
    this.#entries.delete(entry.key);
    this.#settle(entry, () => {
      entry.first.reject(new ShoalError('model_not_ready', `${entry.key} was unloaded.`));
    });
    const keeper = this.#keeperOf(entry);
    await keeper?.remove(entry);
    if (keeper !== undefined) await this.#closeIfEmpty(keeper);
  }

  async setGeneration(model: string, generation: number): Promise<void> {
    this.#generations.set(model, this.#generationOf(model, generation));
    await Promise.all(
      this.#processes().map(async (process) => {
        try {
          await process.setGeneration(model, generation);
        } catch (error) {
          // One that is gone answers nothing; the next is told when it loads.
          if (!(error instanceof RunnerGone)) throw error;
        }
      }),
    );
  }

  location(model: string, version: number): RunnerLocation | undefined {
    const entry = this.#entries.get(keyOf(model, version));
    if (entry?.settled !== true) return undefined;
    const runner = this.#keeperOf(entry)?.process?.address;
    if (entry.state === 'ready' && runner !== undefined) return { runner, state: 'ready' };
    return { runner: runner ?? { id: '', address: '' }, state: 'down' };
  }

  runners(): readonly RunnerAddress[] {
    return this.#processes().flatMap(({ told }) => told ?? []);
  }

  resident(): readonly RunnerMemory[] {
    return this.#keepers().flatMap(memoryOf);
  }

  async usage(withinMs: number): Promise<ReadonlyMap<string, VersionUsage>> {
    const told = await Promise.all(this.#keepers().map((keeper) => keeper.usage(withinMs)));
    return new Map(told.flatMap((usage) => [...usage]));
  }

  pids(): ReadonlyMap<string, number> {
    return new Map(
      this.#processes().flatMap(({ id, pid }) => (pid === undefined ? [] : [[id, pid] as const])),
    );
  }

  onChange(listener: (change: RunnerChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#keepers().map((keeper) => keeper.close(this.#options.stopMs)));
    rmSync(this.#directory, { recursive: true, force: true });
    const error = new ShoalError('shutting_down', 'The modelhost is stopping.');
    for (const entry of this.#entries.values()) {
      this.#settle(entry, () => {
        entry.first.reject(error);
      });
    }
  }

  /** Of the interface to a keeper; ids are never used twice, so that nobody mistakes one for another. */
  start(keeper: RunnerKeeper, onDeath: (death: RunnerDeath) => void): RunnerProcess {
    const process: RunnerProcess = startRunner(this.#options, this.#directory, {
      keeper,
      onDeath,
      onGrown: () => {
        this.#grown(keeper, process);
      },
    });
    return process;
  }

  orderFor(entry: Entry): Omit<RunnerLoad, 'kind' | 'call'> {
    return loadMessage(entry, {
      watchMs: this.#judge.watchMs(entry.key),
      generation: this.#generationOf(entry.order.model, entry.order.generation),
      threads: this.#shareOfCores(),
      warmUpMs: this.#options.limits.maxLoadMs,
      mostBytes: this.#options.limits.memoryBytes,
    });
  }

  loaded(entry: Entry, process: RunnerProcess, measure: LoadMeasure): void {
    const { model, version } = entry.order;
    const runner = addressOf(process);
    if (entry.settled) this.#tell({ kind: 'loaded', model, version, runner });
    this.#settle(entry, () => {
      entry.first.resolve({ model, version, runner, ...measure });
    });
  }

  replaced(old: RunnerProcess, done: boolean): void {
    this.#replacements.end(performance.now());
    if (done) this.#tell({ kind: 'replaced', runner: addressOf(old) });
    this.#options.logger.info({ runner: old.id, done }, 'a runner that had grown is replaced');
  }

  left(process: RunnerProcess): void {
    this.#options.logger.info({ runner: process.id }, 'a runner that had grown has left');
    this.#tell({ kind: 'left', runner: addressOf(process) });
  }

  #grown(keeper: RunnerKeeper, process: RunnerProcess): void {
    if (this.#closed || keeper.process !== process) return;
    if (this.#replacements.begin(performance.now())) keeper.replace();
  }

  refused(entry: Entry, error: ShoalError): void {
    this.#fail(entry, this.#judge.refusedLoad(entry.order, error));
  }

  died(keeper: RunnerKeeper, process: RunnerProcess, death: RunnerDeath): void {
    const { reason, guilty } = autopsy(death);
    const culprit = guilty ? this.#culprit(keeper, death) : undefined;
    this.#options.logger.warn({ runner: process.id, reason, at: culprit?.key }, 'runner died');
    const runner = addressOf(process);
    // Before anybody hears of the death and sends again what the runner had.
    const verdict = culprit && this.#judge.judge(culprit, death, keeper.loading === culprit);
    this.#tell({ kind: 'died', runner, reason });
    if (culprit === undefined) return;
    if (verdict === 'quarantined') {
      const { order, key } = culprit;
      const forMemory = keeper.loading === culprit && overMemory(death);
      keeper.forget(culprit);
      const refused = this.#judge.refusal(order, key, reason);
      this.#fail(culprit, forMemory ? this.#judge.tooLarge(order, key) : refused);
    } else if (keeper === this.#shared) {
      // Whatever it does next, it does it to nobody else.
      keeper.forget(culprit);
      this.#keeperFor(culprit, true).add(culprit);
    }
  }

  #culprit(keeper: RunnerKeeper, death: RunnerDeath): Entry | undefined {
    return keeper.entries.find(({ mark }) => mark === death.at.mark) ?? keeper.loading;
  }

  #fail(entry: Entry, error: ShoalError): void {
    const { model, version } = entry.order;
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    if (entry.settled) this.#tell({ kind: 'failed', model, version, error });
    this.#settle(entry, () => {
      entry.first.reject(error);
    });
    const own = this.#own.get(entry.key);
    if (own !== undefined) void this.#closeIfEmpty(own);
  }

  #settle(entry: Entry, how: () => void): void {
    if (entry.settled) return;
    entry.settled = true;
    how();
  }

  #keeperFor(entry: Entry, own: boolean): RunnerKeeper {
    if (!own) return this.#shared;
    const keeper = this.#own.get(entry.key) ?? new RunnerKeeper(entry.key, this);
    this.#own.set(entry.key, keeper);
    return keeper;
  }

  #keeperOf(entry: Entry): RunnerKeeper | undefined {
    return this.#keepers().find(({ entries }) => entries.includes(entry));
  }

  #processes(): RunnerProcess[] {
    return this.#keepers().flatMap(({ processes }) => processes);
  }

  #keepers(): RunnerKeeper[] {
    return [this.#shared, ...this.#own.values()];
  }

  async #closeIfEmpty(keeper: RunnerKeeper): Promise<void> {
    if (keeper === this.#shared || keeper.entries.length > 0) return;
    if (this.#own.get(keeper.name) === keeper) this.#own.delete(keeper.name);
    await keeper.close(this.#options.stopMs);
  }

  /** Runners times threads stays within the host's cores, as far as can be told at a load. */
  #shareOfCores(): number {
    return Math.max(1, Math.floor(this.#options.cores / this.#keepers().length));
  }

  #generationOf(model: string, generation: number): number {
    return Math.max(this.#generations.get(model) ?? 0, generation);
  }

  #tell(change: RunnerChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function addressOf(process: RunnerProcess): RunnerAddress {
  return process.address ?? { id: process.id, address: '' };
}
