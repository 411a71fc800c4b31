import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import type { Logger } from '../../core/logging';
import { createAdoption, type Adoption } from './adoption';
import type { FileSystem } from './file-system';
import { withoutVersions } from './model-state';
import { createPublisher, type Publisher } from './publish';
import { createScan, type Scan } from './scan';
import { seedRepository } from './seed';
import { emptySnapshot, fingerprint } from './snapshot';
import type { BrokenVersion, Snapshot, StoredVersion } from './snapshot';
import { createStateStore, type StateStore } from './state-store';
import type { Storage } from './storage';
import type { CheckModel } from './version-meta';

export interface RepositoryOptions {
  readonly storage: Storage;
  /** Models for an empty repository; '' for none. */
  readonly examples: string;
  readonly pollMs: number;
  /** Of this machine. */
  readonly fs: FileSystem;
  readonly check: CheckModel;
  /** What this host has loaded or is loading. */
  readonly loaded: () => readonly StoredVersion[];
  readonly logger: Logger;
}

/** What lies in the repository, and what of it cannot be adopted. */
export interface RepositoryView {
  readonly snapshot: Snapshot;
  readonly faults: ReadonlyMap<string, readonly BrokenVersion[]>;
}

/** All models, wherever they lie; all modelhosts of a cluster share it. */
export interface Repository {
  readonly storage: Storage;
  readonly states: StateStore;
  readonly publisher: Publisher;
  readonly check: CheckModel;
  /** What the last look has shown. */
  view(): RepositoryView;
  /** Looks now; resolves when the listener has been told. */
  refresh(): Promise<void>;
  /** Looks now and takes in what was put there by hand, if it has stopped changing. */
  adopt(): Promise<void>;
  /** Makes it ready and looks for the first time; then it keeps looking by itself. */
  start(onView: (view: RepositoryView) => void): Promise<void>;
  stop(): Promise<void>;
}

/** Events of one change come in swarms; the look waits for this long after the first. */
const hintDelayMs = 15;
const cleanEveryRounds = 600;
/** One round makes versions, the next sees to their defaults. */
const maxAdoptionRounds = 3;
/** A start waits no longer than this for models that are still being copied. */
const startAdoptionMs = 60_000;

export function createRepository(options: RepositoryOptions): Repository {
  return new SharedRepository(options);
}

class SharedRepository implements Repository {
  readonly storage: Storage;
  readonly states: StateStore;
  readonly publisher: Publisher;
  readonly check: CheckModel;
  readonly #options: RepositoryOptions;
  readonly #scan: Scan;
  readonly #adoption: Adoption;
  readonly #stopping = new AbortController();
  #stopWatching: () => void = () => undefined;
  #onView: (view: RepositoryView) => void = () => undefined;
  #view: RepositoryView = { snapshot: emptySnapshot, faults: new Map() };
  #looking: Promise<void> = Promise.resolve();
  #adopting: Promise<number> = Promise.resolve(0);
  #adoptions = 0;
  #polling: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;
  #hint: NodeJS.Timeout | undefined;
  #lastFault = '';

  constructor(options: RepositoryOptions) {
    const { fs, storage, check, pollMs, logger } = options;
    this.#options = options;
    this.check = check;
    this.storage = storage;
    this.states = createStateStore(storage, logger);
    this.publisher = createPublisher(fs, storage, this.states);
    this.#scan = createScan(storage, this.states);
    const { states, publisher } = this;
    const now = (): number => performance.now();
    const tools = { fs, storage, states, publisher, check, logger, now };
    this.#adoption = createAdoption({
      ...tools,
      settleMs: pollMs,
      onAdopted: () => {
        this.#onHint();
      },
    });
  }

  view(): RepositoryView {
    return this.#view;
  }

  refresh(): Promise<void> {
    // Whoever asks while a look is going on needs one that begins later, and all share that one.
    this.#queued ??= this.#looking
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        this.#looking = this.#look();
        return this.#looking;
      });
    return this.#queued;
  }

  async adopt(): Promise<void> {
    if ((await this.#adoptOnce()) === 0) return;
    await this.#pause();
    await this.#adoptOnce();
  }

  async start(onView: (view: RepositoryView) => void): Promise<void> {
    const { fs, examples } = this.#options;
    await this.storage.open();
    if (examples !== '') {
      await seedRepository(fs, this.storage, examples, () => this.#pause());
    }
    this.#onView = onView;
    this.#stopWatching = this.storage.watch(() => {
      this.#onHint();
    });
    const deadline = performance.now() + startAdoptionMs;
    let pending = await this.#adoptOnce();
    while (pending > 0 && performance.now() < deadline && !this.#stopping.signal.aborted) {
      await this.#pause();
      pending = await this.#adoptOnce();
    }
    this.#polling = this.#poll();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#hint);
    this.#stopWatching();
    await this.#polling;
    await this.#adopting.catch(() => undefined);
    await this.#looking.catch(() => undefined);
    await this.storage.close();
  }

  async #look(): Promise<void> {
    const snapshot = await this.#scan();
    const faults = this.#adoption.faults();
    const changed =
      fingerprint(snapshot) !== fingerprint(this.#view.snapshot) ||
      JSON.stringify([...faults]) !== JSON.stringify([...this.#view.faults]);
    this.#view = { snapshot, faults };
    if (this.#stopping.signal.aborted) return;
    if (changed) this.#onView(this.#view);
  }

  /** Looks, adopts, and looks again if that has changed something; one round at a time. */
  #adoptOnce(): Promise<number> {
    this.#adoptions++;
    this.#adopting = this.#adopting
      .catch(() => 0)
      .then(() => this.#adoptionRound())
      .finally(() => {
        this.#adoptions--;
      });
    return this.#adopting;
  }

  async #adoptionRound(): Promise<number> {
    for (let round = 1; ; round++) {
      await this.refresh();
      const { changed, pending } = await this.#adoption.run(this.#view.snapshot);
      if (!changed) return pending;
      if (round === maxAdoptionRounds) break;
    }
    await this.refresh();
    return 0;
  }

  async #poll(): Promise<void> {
    for (let round = 0; !this.#stopping.signal.aborted; round++) {
      try {
        if (round % cleanEveryRounds === 0) await this.#clean();
        await this.storage.trim(this.#options.loaded());
        // Adopting can take long, as models are probed; looking goes on meanwhile.
        if (this.#adoptions > 0) await this.refresh();
        else this.#adoptOnce().catch(this.#tellFault);
        this.#lastFault = '';
      } catch (error) {
        this.#tellFault(error);
      }
      await this.#pause();
    }
  }

  async #clean(): Promise<void> {
    for (const { model, version } of await this.storage.clean(Date.now())) {
      await this.states.update(model, (state) =>
        state.tombstones.includes(version) ? undefined : withoutVersions(state, [version]),
      );
    }
  }

  #onHint(): void {
    this.#hint ??= setTimeout(() => {
      this.#hint = undefined;
      this.refresh().catch(this.#tellFault);
    }, hintDelayMs);
  }

  async #pause(): Promise<void> {
    const { signal } = this.#stopping;
    await setTimeoutPromise(this.#options.pollMs, undefined, { signal }).catch(() => undefined);
  }

  /** The same fault each second is told once. */
  readonly #tellFault = (error: unknown): void => {
    const text = error instanceof Error ? error.message : 'unknown';
    if (text === this.#lastFault) return;
    this.#lastFault = text;
    this.#options.logger.error({ err: error }, 'the model repository cannot be read');
  };
}
