import { rmSync } from 'node:fs';
import { ShoalError } from '../../core/errors';
import type { RunnerAddress } from '../../protocol/cluster/heartbeat';
import type { LoadMeasure, RunnerLoad } from '../runner/control';
import { keyOf, newEntry, type Entry } from './entry';
import { Judge } from './judge';
import { Keepers } from './keepers';
import { loadMessage } from './load-message';
import { Moves } from './moves';
import type { KeeperEvents, RunnerKeeper } from './runner-keeper';
import { kindFor, type RunnerKind } from './runner-kind';
import { Replacements } from './replacements';
import { autopsy, overMemory, type RunnerDeath } from './runner-death';
import { memoryOf } from './runner-memory';
import { RunnerGone, type RunnerProcess } from './runner-process';
import type {
  LoadedServable,
  LoadOrder,
  Roles,
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
  readonly #keepers: Keepers;
  readonly #moves: Moves;
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
    this.#keepers = new Keepers(this, options.stopMs);
    this.#moves = new Moves({
      keepers: this.#keepers,
      entries: this.#entries,
      kindOf: (order) => this.#kindOf(order),
      add: (order) => this.#add(order),
      moved: (entry) => {
        const process = this.#keepers.of(entry)?.process;
        if (process !== undefined) this.#tellLoaded(entry, process);
      },
      logger: options.logger,
    });
    this.#keepers.shared.wake();
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
    const entry = this.#add(order);
    this.#entries.set(key, entry);
    return entry.first.promise;
  }

  arrange(model: string, roles: Roles): Promise<void> {
    return this.#moves.arrange(model, roles);
  }

  async quiet(model: string, version: number): Promise<void> {
    const entry = this.#entries.get(keyOf(model, version));
    if (entry !== undefined) await this.#keepers.of(entry)?.quiet(entry);
  }

  async unload(model: string, version: number): Promise<void> {
    const entry = this.#entries.get(keyOf(model, version));
    if (entry === undefined) return;
    this.#entries.delete(entry.key);
    this.#settle(entry, () => {
      entry.first.reject(new ShoalError('model_not_ready', `${entry.key} was unloaded.`));
    });
    await this.#keepers.remove(entry);
  }

  async setGeneration(model: string, generation: number): Promise<void> {
    this.#generations.set(model, this.#generationOf(model, generation));
    await Promise.all(
      this.#keepers.processesFor(model).map(async (process) => {
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
    const runner = this.#keepers.of(entry)?.process?.address;
    if (entry.state === 'ready' && runner !== undefined) return { runner, state: 'ready' };
    return { runner: runner ?? { id: '', address: '' }, state: 'down' };
  }

  runners(): readonly RunnerAddress[] {
    return this.#keepers.processes().flatMap(({ told }) => told ?? []);
  }

  resident(): readonly RunnerMemory[] {
    return this.#keepers.all().flatMap(memoryOf);
  }

  usage(withinMs: number): Promise<ReadonlyMap<string, VersionUsage>> {
    return this.#keepers.usage(withinMs);
  }

  pids(): ReadonlyMap<string, number> {
    return this.#keepers.pids();
  }

  onChange(listener: (change: RunnerChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const keepers = this.#keepers.all();
    await Promise.all(keepers.map((keeper) => keeper.close(this.#options.stopMs)));
    rmSync(this.#directory, { recursive: true, force: true });
    const error = new ShoalError('shutting_down', 'The modelhost is stopping.');
    for (const entry of [...this.#entries.values(), ...keepers.flatMap(({ entries }) => entries)]) {
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
      threads: this.#keepers.threads(entry.order, this.#options.cores),
      warmUpMs: this.#options.limits.maxLoadMs,
      mostBytes: this.#options.limits.memoryBytes,
    });
  }

  loaded(entry: Entry, process: RunnerProcess, given: LoadMeasure): void {
    const { model, version } = entry.order;
    const { coldRuns = [], ...measure } = given;
    const runner = addressOf(process);
    for (const cold of coldRuns) {
      const at = { model, version, runner: process.id, ...cold };
      this.#options.logger.warn(at, 'a version is ready without a run of so many rows');
    }
    if (entry.settled) this.#tellLoaded(entry, process);
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
    } else if (keeper === this.#keepers.shared) {
      // Whatever it does next, it does it to nobody else.
      keeper.forget(culprit);
      this.#keepers.for(culprit, 'own').add(culprit);
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
    void this.#keepers.closeEmpty(entry);
  }

  #settle(entry: Entry, how: () => void): void {
    if (entry.settled) return;
    entry.settled = true;
    how();
  }

  #add(order: LoadOrder): Entry {
    const entry = newEntry(order, ++this.#lastMark);
    this.#keepers.for(entry, this.#kindOf(order)).add(entry);
    return entry;
  }

  #kindOf(order: LoadOrder): RunnerKind {
    return kindFor(order, this.#judge.verdict(keyOf(order.model, order.version)) === 'suspect');
  }

  #generationOf(model: string, generation: number): number {
    return Math.max(this.#generations.get(model) ?? 0, generation);
  }

  #tellLoaded({ order: { model, version } }: Entry, process: RunnerProcess): void {
    this.#tell({ kind: 'loaded', model, version, runner: addressOf(process) });
  }

  #tell(change: RunnerChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function addressOf(process: RunnerProcess): RunnerAddress {
  return process.address ?? { id: process.id, address: '' };
}
