import { setTimeout as wait } from 'node:timers/promises';
import { asShoalError, ShoalError } from '../../core/errors';
import type { RunnerLoad } from '../runner/control';
import type { LoadMeasure } from '../runner/control';
import type { Entry } from './entry';
import { restartDelayMs } from './restart-delay';
import type { RunnerDeath } from './runner-death';
import { RunnerGone, type RunnerProcess } from './runner-process';

/** What a place needs from its surroundings and tells them. */
export interface PlaceEvents {
  start(place: Place, onDeath: (death: RunnerDeath) => void): RunnerProcess;
  orderFor(entry: Entry): Omit<RunnerLoad, 'kind' | 'call'>;
  loaded(entry: Entry, process: RunnerProcess, measure: LoadMeasure): void;
  /** The runtime refuses it; it has left the place. */
  refused(entry: Entry, error: ShoalError): void;
  /** May move entries elsewhere; those that stay are loaded again in the next process. */
  died(place: Place, process: RunnerProcess, death: RunnerDeath): void;
}

/** Starts in a row that may fail before what waits for them is given up. */
const maxFailedStarts = 3;

/** One runner after the other for the same versions: what dies is started and filled again. */
export class Place {
  /** Of this version alone, or of all that share one. */
  readonly name: string;
  readonly entries: Entry[] = [];
  readonly #events: PlaceEvents;
  readonly #deaths: number[] = [];
  #process: RunnerProcess | undefined;
  #loading: { entry: Entry; done: Promise<unknown> } | undefined;
  #failedStarts = 0;
  #working = false;
  #closed = false;

  constructor(name: string, events: PlaceEvents) {
    this.name = name;
    this.#events = events;
  }

  get process(): RunnerProcess | undefined {
    return this.#process;
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

  /** Takes it out and frees it once nothing uses it. */
  async remove(entry: Entry): Promise<void> {
    this.forget(entry);
    if (this.#loading?.entry === entry) await this.#loading.done;
    const { model, version } = entry.order;
    try {
      await this.#process?.unload({ model, version, mark: entry.mark });
    } catch (error) {
      if (!(error instanceof RunnerGone)) throw error;
    }
  }

  /** Sees to it that there is a process and that everything wanted is loaded in it. */
  wake(): void {
    if (this.#working || this.#closed) return;
    this.#working = true;
    void this.#work();
  }

  async close(withinMs: number): Promise<void> {
    this.#closed = true;
    await this.#process?.stop(withinMs);
  }

  async #work(): Promise<void> {
    while (!this.#closed) {
      const process = await this.#alive();
      if (process === undefined) continue;
      const entry = this.entries.find(({ state }) => state === 'wanted');
      if (entry === undefined) break;
      const done = this.#load(entry, process);
      this.#loading = { entry, done };
      await done;
      this.#loading = undefined;
    }
    // In the same turn as the last look, so that no call of `wake` can fall between.
    this.#working = false;
  }

  async #load(entry: Entry, process: RunnerProcess): Promise<void> {
    try {
      const measure = await process.load(this.#events.orderFor(entry));
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
      const process = this.#events.start(this, (death) => {
        this.#died(process, death);
      });
      this.#process = process;
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
