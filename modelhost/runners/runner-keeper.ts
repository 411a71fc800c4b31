import { setTimeout as wait } from 'node:timers/promises';
import { asShoalError, ShoalError } from '../../core/errors';
import type { LoadMeasure, RunnerLoad } from '../runner/control';
import type { Entry } from './entry';
import { loadChecked } from './load-checked';
import { restartDelayMs } from './restart-delay';
import type { RunnerDeath } from './runner-death';
import type { RunnerKind } from './runner-kind';
import { RunnerGone, type RunnerProcess } from './runner-process';
import type { VersionUsage } from './runner-supervisor';

/** What a keeper needs from its surroundings and tells them. */
export interface KeeperEvents {
  start(keeper: RunnerKeeper, onDeath: (death: RunnerDeath) => void): RunnerProcess;
  orderFor(entry: Entry): Omit<RunnerLoad, 'kind' | 'call'>;
  loaded(entry: Entry, process: RunnerProcess, measure: LoadMeasure): void;
  /** The runtime refuses it; it has left the keeper. */
  refused(entry: Entry, error: ShoalError): void;
  /** A replacement has ended; `done` where another process serves now. */
  replaced(old: RunnerProcess, done: boolean): void;
  /** One that was replaced has ended. */
  left(process: RunnerProcess): void;
  /** May move entries elsewhere; those that stay are loaded again in the next process. */
  died(keeper: RunnerKeeper, process: RunnerProcess, death: RunnerDeath): void;
}

/** How long a runner still takes batches for what others serve, in milliseconds: until all know those. */
export const knownMs = 2000;
/** How long it may take then to finish, in milliseconds. */
const finishMs = 60_000;

/** Starts in a row that may fail before what waits for them is given up. */
const maxFailedStarts = 3;

/** One runner after the other for the same versions: what dies is started and filled again. */
export class RunnerKeeper {
  readonly name: string;
  readonly kind: RunnerKind;
  readonly entries: Entry[] = [];
  readonly #events: KeeperEvents;
  readonly #deaths: number[] = [];
  #process: RunnerProcess | undefined;
  #loading: { entry: Entry; done: Promise<unknown> } | undefined;
  #failedStarts = 0;
  #working = false;
  #closed = false;
  /** Grown beyond its budget: another one is to take over. */
  #grown = false;
  /** Loads what the process has, to take over from it. */
  #next: RunnerProcess | undefined;
  /** Those that have been taken over from and finish what they have. */
  readonly #retired = new Set<RunnerProcess>();

  constructor(name: string, kind: RunnerKind, events: KeeperEvents) {
    this.name = name;
    this.kind = kind;
    this.#events = events;
  }

  get process(): RunnerProcess | undefined {
    return this.#process;
  }

  /** All that run: the one that serves, the one that is to take over, those that finish. */
  get processes(): RunnerProcess[] {
    return [this.#process, this.#next, ...this.#retired].filter((one) => one !== undefined);
  }

  /** The version that is being loaded now. */
  get loading(): Entry | undefined {
    return this.#loading?.entry;
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    this.wake();
  }

  /** Takes it out without a word to the runner. */
  forget(entry: Entry): void {
    const index = this.entries.indexOf(entry);
    if (index >= 0) this.entries.splice(index, 1);
  }

  /** Has the process replaced by another while it serves; `replaced` is told in any case. */
  replace(): void {
    this.#grown = true;
    if (this.#closed) this.#stays();
    else this.wake();
  }

  /** Takes it out and frees it once nothing uses it. */
  async remove(entry: Entry): Promise<void> {
    this.forget(entry);
    if (this.#loading?.entry === entry) await this.#loading.done;
    const { model, version } = entry.order;
    await this.#each((process) => process.unload({ model, version, mark: entry.mark }));
  }

  /** Resolves when nobody has asked for it for a moment. */
  async quiet({ order: { model, version }, mark }: Entry): Promise<void> {
    await this.#each((process) => process.quiet({ model, version, mark }));
  }

  /** How its versions are used in the process that serves, by key; empty where it does not say. */
  async usage(withinMs: number): Promise<ReadonlyMap<string, VersionUsage>> {
    const usage = (await this.#process?.usage(withinMs)) ?? [];
    const byMark = new Map(usage.map(({ mark, ...rest }) => [mark, rest]));
    return new Map(
      this.entries.flatMap(({ key, mark }) => {
        const found = byMark.get(mark);
        return found === undefined ? [] : [[key, found] as const];
      }),
    );
  }

  /** Those that have ended have nothing to do. */
  async #each(work: (process: RunnerProcess) => Promise<void>): Promise<void> {
    await Promise.all(
      this.processes.map(async (process) => {
        try {
          await work(process);
        } catch (error) {
          if (!(error instanceof RunnerGone)) throw error;
        }
      }),
    );
  }

  /** Sees to it that there is a process and that everything wanted is loaded in it. */
  wake(): void {
    if (this.#working || this.#closed) return;
    this.#working = true;
    void this.#work();
  }

  async close(withinMs: number): Promise<void> {
    this.#closed = true;
    this.#stays();
    await Promise.all(this.processes.map((process) => process.stop(withinMs)));
  }

  async #work(): Promise<void> {
    while (!this.#closed) {
      const process = await this.#alive();
      if (process === undefined) continue;
      const entry = this.entries.find(({ state }) => state === 'wanted');
      if (entry === undefined && this.#grown) {
        await this.#takeOver(process);
        continue;
      }
      if (entry === undefined) break;
      const done = this.#load(entry, process);
      this.#loading = { entry, done };
      await done;
      this.#loading = undefined;
    }
    // In the same turn as the last look, so that no call of `wake` can fall between.
    this.#working = false;
  }

  /** Loads everything into another process and lets that serve; where it fails, nothing changes. */
  async #takeOver(old: RunnerProcess): Promise<void> {
    this.#grown = false;
    const next = this.#start();
    this.#next = next;
    const measures = await this.#loadAll(next);
    this.#next = undefined;
    if (measures === undefined || this.#closed) {
      next.kill('stopping');
      this.#events.replaced(old, false);
      return;
    }
    const oldLives = this.#process === old;
    this.#process = next;
    for (const [entry, measure] of measures) this.#moved(entry, next, measure);
    this.#events.replaced(old, true);
    if (oldLives) this.#retire(old);
  }

  /** No other one is to take over any more. */
  #stays(): void {
    if (!this.#grown || this.#process === undefined) return;
    this.#grown = false;
    this.#events.replaced(this.#process, false);
  }

  #moved(entry: Entry, next: RunnerProcess, measure: LoadMeasure): void {
    if (this.entries.includes(entry)) {
      entry.state = 'ready';
      this.#events.loaded(entry, next, measure);
      return;
    }
    const { model, version } = entry.order;
    next.unload({ model, version, mark: entry.mark }).catch(() => undefined);
  }

  /** Undefined where the process dies, or refuses what another one has taken. */
  async #loadAll(next: RunnerProcess): Promise<Map<Entry, LoadMeasure> | undefined> {
    const measures = new Map<Entry, LoadMeasure>();
    try {
      await next.listening;
      for (const entry of [...this.entries]) {
        measures.set(entry, await loadChecked(next, entry, this.#events.orderFor(entry)));
      }
      return measures;
    } catch {
      return undefined;
    }
  }

  /** Serves until everybody knows its successor, then finishes what it has. */
  #retire(old: RunnerProcess): void {
    this.#retired.add(old);
    setTimeout(() => {
      void old.stop(finishMs);
    }, knownMs).unref();
  }

  #start(): RunnerProcess {
    const process = this.#events.start(this, (death) => {
      if (process === this.#process) this.#died(process, death);
      else if (this.#retired.delete(process)) this.#events.left(process);
    });
    return process;
  }

  async #load(entry: Entry, process: RunnerProcess): Promise<void> {
    try {
      const measure = await loadChecked(process, entry, this.#events.orderFor(entry));
      if (!this.entries.includes(entry)) return;
      entry.state = 'ready';
      this.#events.loaded(entry, process, measure);
    } catch (error) {
      if (error instanceof RunnerGone || !this.entries.includes(entry)) return;
      this.forget(entry);
      this.#events.refused(entry, asShoalError(error));
    }
  }

  /** The process, when it listens; undefined if it died before that. */
  async #alive(): Promise<RunnerProcess | undefined> {
    if (this.#process === undefined) {
      const delayMs = restartDelayMs(this.#deaths, performance.now());
      if (delayMs > 0) await wait(delayMs, undefined, { ref: false });
      if (this.#closed) return undefined;
      this.#process = this.#start();
    }
    try {
      const process = this.#process;
      await process.listening;
      this.#failedStarts = 0;
      return process;
    } catch {
      this.#failedStarts++;
      if (this.#failedStarts >= maxFailedStarts) this.#giveUp();
      return undefined;
    }
  }

  #died(process: RunnerProcess, death: RunnerDeath): void {
    // Its successor has not grown.
    this.#stays();
    this.#process = undefined;
    this.#deaths.push(performance.now());
    if (this.#deaths.length > 100) this.#deaths.shift();
    for (const entry of this.entries) entry.state = 'wanted';
    if (this.#closed) return;
    this.#events.died(this, process, death);
    this.wake();
  }

  #giveUp(): void {
    for (const entry of [...this.entries]) {
      this.forget(entry);
      this.#events.refused(entry, new ShoalError('internal', 'No runner can be started.'));
    }
  }
}
