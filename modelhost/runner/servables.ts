import type { Refusal } from '../../protocol/link/batch';
import type { LoadMeasure, MarkUsage, RunnerLoad } from './control';
import { peakBytes, resetPeak } from './peak-memory';
import type { LoadSession, Session } from './session';
import { takesTooMuch } from './takes-too-much';
import { warmUp, type ColdRun } from './warm-up';

/** A version in this runner. */
export interface LoadedVersion {
  readonly model: string;
  readonly version: number;
  readonly mark: number;
  readonly session: Session;
  /** Outputs that can be carried, in the model's order. */
  readonly outputs: readonly string[];
  /** Until when each run is marked with its content, clock of performance.now(). */
  readonly watchedUntil: number;
  /** What its load took. */
  readonly bytes: number;
  /** Runs that have succeeded. */
  answered: number;
}

/** Without a job for so long, nobody sends any more. */
const quietMs = 250;
/** Whoever has not learnt that it leaves is not waited for any longer. */
const mostMs = 60_000;

/** Has a run of the marked version go on while nothing else does. */
export type TakeMarkedTurn = (mark: number, run: () => Promise<void>) => Promise<void>;

interface Entry {
  readonly loaded: LoadedVersion;
  /** Jobs that were admitted and have not ended. */
  jobs: number;
  /** How often a job was admitted or has ended. */
  signs: number;
  /** When a job was last admitted, or it was loaded; clock of performance.now(). */
  usedAt: number;
  /** Set when it takes no more jobs; called when the last has ended. */
  emptied: (() => void) | undefined;
}

/** What this runner has loaded, and the generation of each model below which it answers nothing. */
export class Servables {
  readonly #load: LoadSession;
  readonly #turn: TakeMarkedTurn;
  readonly #entries = new Map<string, Entry>();
  readonly #generations = new Map<string, number>();
  /** Of what is there, also where it takes no more jobs. */
  #heldBytes = 0;
  /** Of all that has ever gone. */
  #freedBytes = 0;

  constructor(load: LoadSession, turn: TakeMarkedTurn = (_mark, run) => run()) {
    this.#load = load;
    this.#turn = turn;
  }

  async load(order: RunnerLoad): Promise<LoadMeasure> {
    this.setGeneration(order.model, order.generation);
    const started = performance.now();
    const before = process.memoryUsage.rss();
    const freedBefore = this.#freedBytes;
    resetPeak();
    const session = await this.#load(order.path, order.threads);
    const coldRuns = await this.#warmUp(session, order);
    const freed = this.#freedBytes - freedBefore;
    const bytes = Math.max(0, process.memoryUsage.rss() - before + freed);
    if (bytes > (order.mostBytes ?? Infinity)) {
      await session.release();
      throw takesTooMuch(order);
    }
    const peak = peakBytes();
    await this.#add(order, session, bytes, started);
    return {
      loadMs: performance.now() - started,
      residentBytes: bytes,
      ...(peak === undefined ? {} : { peakBytes: Math.max(bytes, peak - before) }),
      ...(coldRuns.length === 0 ? {} : { coldRuns }),
    };
  }

  /** What all that is there took when it was loaded. */
  heldBytes(): number {
    return this.#heldBytes;
  }

  async #add(order: RunnerLoad, session: Session, bytes: number, started: number): Promise<void> {
    const { model, version, mark, outputs } = order;
    const watchedUntil = started + order.watchMs;
    const loaded = { model, version, mark, session, outputs, watchedUntil, bytes, answered: 0 };
    const replaced = this.#entries.get(keyOf(model, version));
    const unused = { jobs: 0, signs: 0, usedAt: performance.now(), emptied: undefined };
    this.#entries.set(keyOf(model, version), { loaded, ...unused });
    this.#heldBytes += bytes;
    if (replaced !== undefined) await this.#free(replaced);
  }

  /** Has to be out of the table, so that no job can begin. */
  async #free(entry: Entry): Promise<void> {
    if (entry.jobs > 0) {
      await new Promise<void>((resolve) => {
        entry.emptied = resolve;
      });
    }
    await entry.loaded.session.release();
    this.#heldBytes -= entry.loaded.bytes;
    this.#freedBytes += entry.loaded.bytes;
  }

  async #warmUp(session: Session, order: RunnerLoad): Promise<readonly ColdRun[]> {
    const { mark, outputs, warmUps = [], padTo = null, warmUpMs: withinMs = Infinity } = order;
    try {
      const turn = (run: () => Promise<void>): Promise<void> => this.#turn(mark, run);
      return await warmUp(session, { warmUps, outputs, padTo, withinMs }, turn);
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /**
   * Resolves when no job is there, and none has begun or ended for `quietMs`, at once where none ever
   * has: whoever sends has learnt by then that it leaves. The next one of a queue comes only after
   * the end of one, and the time of a run, in which nothing else is seen, does not count.
   */
  async quiet(which: Pick<LoadedVersion, 'model' | 'version' | 'mark'>): Promise<void> {
    const entry = this.#entries.get(keyOf(which.model, which.version));
    if (entry?.loaded.mark !== which.mark) return;
    const end = performance.now() + mostMs;
    let before = 0;
    while ((entry.signs > before || entry.jobs > 0) && performance.now() < end) {
      before = entry.signs;
      await new Promise((resolve) => setTimeout(resolve, quietMs));
    }
  }

  /** Takes no more jobs for it, waits for those there are, frees it. */
  async unload(which: Pick<LoadedVersion, 'model' | 'version' | 'mark'>): Promise<void> {
    const key = keyOf(which.model, which.version);
    const entry = this.#entries.get(key);
    if (entry?.loaded.mark !== which.mark) return;
    this.#entries.delete(key);
    await this.#free(entry);
  }

  /** How versions are used. */
  usage(now: number): MarkUsage[] {
    return [...this.#entries.values()].map(({ loaded, jobs, usedAt }) => ({
      mark: loaded.mark,
      jobs,
      answered: loaded.answered > 0,
      idleMs: jobs > 0 ? 0 : now - usedAt,
    }));
  }

  setGeneration(model: string, generation: number): void {
    const known = this.#generations.get(model) ?? 0;
    this.#generations.set(model, Math.max(known, generation));
  }

  /** True if a batch resolved with this generation may be answered. */
  fresh(model: string, generation: number): boolean {
    return generation >= (this.#generations.get(model) ?? 0);
  }

  /** The version for a batch, counted as busy until `end` is called; or why not. */
  begin(model: string, version: number, generation: number): Job | Refusal {
    if (!this.fresh(model, generation)) return 'stale_generation';
    const entry = this.#entries.get(keyOf(model, version));
    if (entry === undefined) return 'not_loaded';
    entry.jobs++;
    entry.signs++;
    entry.usedAt = performance.now();
    return {
      loaded: entry.loaded,
      end: () => {
        entry.jobs--;
        entry.signs++;
        if (entry.jobs === 0) entry.emptied?.();
      },
    };
  }
}

/** One use of a version. */
export interface Job {
  readonly loaded: LoadedVersion;
  /** Has to be called once, whatever became of the job. */
  end(): void;
}

function keyOf(model: string, version: number): string {
  return `${model}:${version}`;
}
