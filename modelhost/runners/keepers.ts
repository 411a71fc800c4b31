import type { Entry } from './entry';
import { RunnerKeeper, type KeeperEvents } from './runner-keeper';
import type { RunnerKind } from './runner-kind';
import type { RunnerProcess } from './runner-process';
import type { LoadOrder, VersionUsage } from './runner-supervisor';

const apart = ['own', 'tried', 'shadow'] as const;

/** The runners of a host, each with what it holds; the shared one is always there. */
export class Keepers {
  readonly shared: RunnerKeeper;
  readonly #apart = new Map<string, RunnerKeeper>();
  readonly #events: KeeperEvents;
  readonly #stopMs: number;

  constructor(events: KeeperEvents, stopMs: number) {
    this.#events = events;
    this.#stopMs = stopMs;
    this.shared = new RunnerKeeper('shared', 'shared', events);
  }

  all(): RunnerKeeper[] {
    return [this.shared, ...this.#apart.values()];
  }

  processes(): RunnerProcess[] {
    return this.all().flatMap(({ processes }) => processes);
  }

  /**
   * Those that may answer requests for a model. The others are not to be waited for: one that runs
   * something slow of its own takes long to say anything.
   */
  processesFor(model: string): RunnerProcess[] {
    const keepers = this.all().filter(
      ({ kind, name }) => kind === 'shared' || name.startsWith(`${model}:`),
    );
    return keepers.flatMap(({ processes }) => processes);
  }

  for({ key }: Entry, kind: RunnerKind): RunnerKeeper {
    if (kind === 'shared') return this.shared;
    const name = nameOf(key, kind);
    const keeper = this.#apart.get(name) ?? new RunnerKeeper(name, kind, this.#events);
    this.#apart.set(name, keeper);
    return keeper;
  }

  of(entry: Entry): RunnerKeeper | undefined {
    return this.all().find(({ entries }) => entries.includes(entry));
  }

  /** Takes a version out and frees it once nothing uses it. */
  async remove(entry: Entry): Promise<void> {
    await this.of(entry)?.remove(entry);
    await this.closeEmpty(entry);
  }

  /** Process ids by runner id. */
  pids(): ReadonlyMap<string, number> {
    return new Map(
      this.processes().flatMap(({ id, pid }) => (pid === undefined ? [] : [[id, pid] as const])),
    );
  }

  /** How all versions are used, by key; without those that do not say within so many milliseconds. */
  async usage(withinMs: number): Promise<ReadonlyMap<string, VersionUsage>> {
    const told = await Promise.all(this.all().map((keeper) => keeper.usage(withinMs)));
    return new Map(told.flatMap((usage) => [...usage]));
  }

  /** Ends those that held a version and do not any more. */
  async closeEmpty({ key }: Entry): Promise<void> {
    for (const kind of apart) {
      const name = nameOf(key, kind);
      const keeper = this.#apart.get(name);
      if (keeper === undefined || keeper.entries.length > 0) continue;
      this.#apart.delete(name);
      await keeper.close(this.#stopMs);
    }
  }

  /**
   * Threads of a run. Runners times threads stays within the host's cores, as far as can be told at a
   * load and without what is tried: a trial slows down nobody who is loaded meanwhile, and is as fast as
   * what it is compared with. Copies alone are worth one.
   */
  threads({ copies }: LoadOrder, cores: number): number {
    if (copies === 'only') return 1;
    const serving = this.all().filter(({ kind }) => kind === 'shared' || kind === 'own');
    return Math.max(1, Math.floor(cores / serving.length));
  }
}

function nameOf(key: string, kind: RunnerKind): string {
  return `${key} ${kind}`;
}
