import { performance } from 'node:perf_hooks';
import type { ShoalError } from '../../core/errors';
import type { LoadedServable, RunnerSupervisor } from '../runners/runner-supervisor';
import { nextStep, pinnedIn, type Room, type Candidate, type Step } from './next-step';
import { refusalOf, refusalOfTried } from './refusal';
import { ResidentBytes } from './resident-bytes';
import { emptyRunnerBytes, loadBytesOf } from './managed-version';
import type { ManagedVersion, TriedVersion } from './managed-version';
import { ManagedVersions, type WantedVersion } from './managed-versions';

/** Told of what becomes of versions for the sake of memory. */
export interface ResidencyObserver {
  evicted(model: string, version: number, why: 'room' | 'idle'): void;
  /** It is loaded because it was asked for. */
  demanded(model: string, version: number): void;
}

export interface ResidencyOptions {
  /** Bytes that all runners may take. */
  readonly budgetBytes: number;
  /** Time without a request after which a model leaves that may and says no other, in milliseconds. */
  readonly idleMs: number;
  readonly supervisor: Pick<RunnerSupervisor, 'resident' | 'usage'>;
  /** Of what does not fit together, what has the highest number is loaded first. */
  readonly preference: (key: string) => number;
  readonly observer: ResidencyObserver;
  /** Milliseconds between two looks at what has grown or is idle. */
  readonly tickMs?: number;
  /** The clock, in milliseconds: by default `performance.now`. */
  readonly now?: () => number;
}

/** What a host's memory is used for. */
export interface MemoryFigures {
  readonly budgetBytes: number;
  /** What the runners take. */
  readonly usedBytes: number;
  /** What further versions could take, without others leaving. */
  readonly freeBytes: number;
  /** Versions that are not in memory and can be asked for. */
  readonly away: number;
}

/** How fresh the runners' word on who is used must be before somebody has to leave, in milliseconds. */
const freshMs = 50;
/** How long it is waited for; a runner inside a run does not answer. */
const usageMs = 100;
/** How long a version that cannot have room is refused without another look. */
const refusedMs = 30_000;
/** Share of the budget that no load may take: runs need some, and it is seen only afterwards. */
const shareOfRuns = 0.05;
/** How long to wait where somebody may go soon. */
const soonMs = 50;

/**
 * Decides which of the wanted versions are in memory. It loads and unloads nothing: what it has not
 * admitted is `away`, and the lifecycle acts on that. While everything fits, nothing is away.
 */
export class Residency {
  readonly #options: ResidencyOptions;
  readonly #versions: ManagedVersions;
  readonly #resident: ResidentBytes;
  readonly #ticker: NodeJS.Timeout;
  readonly #now: () => number;
  #changed: (model: string) => void = () => undefined;
  #usageAt = -Infinity;
  #refreshing = false;
  #planning = false;
  #closed = false;
  #soon: NodeJS.Timeout | undefined;

  constructor(options: ResidencyOptions) {
    this.#options = options;
    this.#versions = new ManagedVersions(options.preference);
    this.#resident = new ResidentBytes(() => options.supervisor.resident());
    this.#now = options.now ?? (() => performance.now());
    this.#ticker = setInterval(() => {
      this.#tick();
    }, options.tickMs ?? 1000).unref();
  }

  /** The listener is called with the model of every version that is admitted or has to leave. */
  onChange(listener: (model: string) => void): void {
    this.#changed = listener;
  }

  /** The whole of what the repository wants now, and what has a life, wanted or not. */
  follow(
    wanted: readonly WantedVersion[],
    lives: (model: string, version: number) => boolean,
  ): void {
    this.#resident.look();
    this.#versions.follow(wanted, lives);
    this.#plan();
    for (const managed of this.#versions.all())
      if (managed.state === 'away') managed.onDemand = true;
  }

  /** Wanted versions of a model that shall not be in memory now. */
  away(model: string, versions: Iterable<number>): ReadonlySet<number> {
    return new Set([...versions].filter((version) => this.#versions.isAway(model, version)));
  }

  /** True for a version that is loaded when it is asked for, and while that is under way. */
  onDemand(model: string, version: number): boolean {
    const managed = this.#versions.get(model, version);
    return (
      managed !== undefined && managed.onDemand && managed.wanted && managed.state !== 'failed'
    );
  }

  /** True for a version that it has not seen loaded. */
  neverLoaded(model: string, version: number): boolean {
    return this.#versions.get(model, version)?.bytes === 0;
  }

  /** Counts a request that waits for a version until the answer is called. */
  ask(model: string, version: number): () => void {
    const managed = this.#versions.get(model, version);
    if (managed === undefined) return () => undefined;
    managed.waiters += 1;
    managed.askedAt ??= this.#now();
    this.#plan();
    let over = false;
    return () => {
      if (over) return;
      over = true;
      managed.waiters -= 1;
      if (managed.waiters === 0) managed.askedAt = null;
    };
  }

  /** Throws insufficient_memory where a version cannot have room. */
  check(model: string, version: number): void {
    const refusal = this.#versions.get(model, version)?.refusal;
    if (refusal !== undefined && refusal.until > this.#now()) throw refusal.error;
  }

  /** What requests for a version that is not stored would be refused with, whoever left for it. */
  wouldRefuse(tried: TriedVersion): ShoalError | undefined {
    const { idleMs, budgetBytes: ofAllBytes } = this.#options;
    const pinnedBytes = pinnedIn(this.#versions.candidates(idleMs, this.#now()));
    return refusalOfTried(tried, { ...this.#room(), pinnedBytes, ofAllBytes });
  }

  loaded({ model, version, runner, residentBytes, peakBytes = 0 }: LoadedServable): void {
    const managed = this.#versions.get(model, version);
    if (managed === undefined) return;
    this.#resident.look(runner.id);
    const now = this.#now();
    const bytes = managed.alone ? this.#resident.of(runner.id) : residentBytes;
    managed.bytes = Math.max(1, managed.bytes, Math.min(bytes, loadBytesOf(managed)));
    managed.peakBytes = Math.max(managed.peakBytes, peakBytes);
    Object.assign(managed, { state: 'ready', onDemand: false, unasked: 'room', answered: false });
    Object.assign(managed, { runner: runner.id, leases: 0, usedAt: now, readyAt: now });
    this.#planSoon();
  }

  failed(model: string, version: number): void {
    const managed = this.#versions.get(model, version);
    if (managed === undefined) return;
    managed.state = 'failed';
    if (!managed.wanted) this.#versions.forget(managed);
    this.#resident.look();
    this.#planSoon();
  }

  /** A load that has failed may be tried again. */
  again(model: string, version: number): void {
    const managed = this.#versions.get(model, version);
    if (managed?.state !== 'failed') return;
    managed.state = 'away';
    this.#plan();
  }

  /** It is not in memory any more. */
  left(model: string, version: number): void {
    const managed = this.#versions.get(model, version);
    if (managed === undefined) return;
    this.#resident.freed(managed.runner, managed.bytes);
    managed.state = 'away';
    if (!managed.wanted) this.#versions.forget(managed);
    this.#planSoon();
  }

  figures(): MemoryFigures {
    const { budgetBytes: forLoads, usedBytes } = this.#room();
    const freeBytes = Math.max(0, forLoads - usedBytes - this.#versions.loadingBytes());
    const { budgetBytes } = this.#options;
    return { budgetBytes, usedBytes, freeBytes, away: this.#versions.away() };
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#ticker);
    clearTimeout(this.#soon);
  }

  #tick(): void {
    this.#resident.look();
    if (this.#versions.someMayLeave()) void this.#refresh();
    else this.#plan();
  }

  #room(): Room {
    const budgetBytes = (1 - shareOfRuns) * this.#options.budgetBytes;
    const told = this.#resident.total();
    const loadedBytes = this.#versions.loadedBytes();
    const usedBytes = told > 0 ? told : emptyRunnerBytes + loadedBytes;
    // No more than one empty runner has: other runners may go, and so may what runs have left behind.
    const runnersBytes = Math.min(emptyRunnerBytes, Math.max(0, usedBytes - loadedBytes));
    return { budgetBytes, usedBytes, runnersBytes };
  }

  /** After what is known now has been acted on. */
  #planSoon(): void {
    queueMicrotask(() => {
      this.#plan();
    });
  }

  #plan(): void {
    if (this.#planning || this.#closed) return;
    this.#planning = true;
    const models = new Set<string>();
    const room = this.#room();
    if (!this.#admitAll(room, models)) this.#takeSteps(room, models);
    this.#planning = false;
    for (const model of models) this.#changed(model);
  }

  /** Where everything fits there is nothing to choose. */
  #admitAll(room: Room, models: Set<string>): boolean {
    const away = this.#versions.allThatMayCome();
    if (away === undefined || room.usedBytes + away.bytes > room.budgetBytes) return false;
    for (const managed of away.versions) this.#admit(managed, models);
    return true;
  }

  #takeSteps(room: Room, models: Set<string>): void {
    for (;;) {
      const now = this.#now();
      const candidates = this.#versions.candidates(this.#options.idleMs, now);
      const step = nextStep(candidates, room, now);
      if (step === undefined) {
        if (candidates.some(waits)) this.#lookSoon();
        return;
      }
      if (step.kind === 'evict' && now - this.#usageAt > freshMs) {
        void this.#refresh();
        return;
      }
      this.#take(step, models, now);
    }
  }

  #take(step: Step, models: Set<string>, now: number): void {
    const managed = this.#versions.byKey(step.key);
    if (managed === undefined) throw new Error(`nothing is known of ${step.key}`);
    const { model, version } = managed.stored;
    switch (step.kind) {
      case 'admit':
        this.#admit(managed, models);
        return;
      case 'evict':
        managed.state = 'leaving';
        managed.onDemand = true;
        managed.unasked = step.why === 'idle' ? 'never' : 'all';
        this.#options.observer.evicted(model, version, step.why);
        models.add(model);
        return;
      case 'refuse': {
        const error = refusalOf(managed, { ...step, budgetBytes: this.#options.budgetBytes });
        managed.refusal = { error, until: now + refusedMs };
        models.add(model);
      }
    }
  }

  #admit(managed: ManagedVersion, models: Set<string>): void {
    const { model, version } = managed.stored;
    managed.state = 'loading';
    if (managed.waiters > 0) this.#options.observer.demanded(model, version);
    models.add(model);
  }

  #lookSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.#refresh();
    }, soonMs);
  }

  /** Asks the runners who is used, and then decides. */
  async #refresh(): Promise<void> {
    if (this.#refreshing) return;
    this.#refreshing = true;
    const usage = await this.#options.supervisor.usage(usageMs);
    const now = this.#now();
    for (const [key, { jobs, answered, idleMs }] of usage) {
      const managed = this.#versions.byKey(key);
      if (managed?.state !== 'ready') continue;
      managed.leases = jobs;
      managed.answered = answered;
      managed.usedAt = Math.max(managed.usedAt, now - idleMs);
    }
    this.#refreshing = false;
    this.#usageAt = now;
    this.#plan();
  }
}

function waits({ state, askedAt }: Candidate): boolean {
  return state === 'away' && askedAt !== null;
}
