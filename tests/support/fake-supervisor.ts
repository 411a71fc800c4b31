import type { ShoalError } from '../../core/errors';
import type { RunnerAddress } from '../../protocol/cluster/heartbeat';
import type {
  LoadedServable,
  LoadOrder,
  Roles,
  RunnerChange,
  RunnerLocation,
  RunnerMemory,
  RunnerSupervisor,
  VersionUsage,
} from '../../modelhost/runners/runner-supervisor';

/** Loads nothing and writes down, in order, what it was asked; loads fail or wait on demand. */
export class FakeSupervisor implements RunnerSupervisor {
  readonly events: string[] = [];
  /** What its runner takes, in bytes. */
  memory = (): number => 1;
  /** How versions are used, e.g. `iris:2`. */
  readonly used = new Map<string, VersionUsage>();
  readonly loaded = new Map<string, LoadOrder>();
  /** Versions whose load is refused, e.g. `iris:2`, with the fault. */
  readonly refused = new Map<string, ShoalError>();
  /** Work that is held back until the promise resolves, e.g. `load iris:2`. */
  readonly held = new Map<string, Promise<void>>();
  readonly #listeners = new Set<(change: RunnerChange) => void>();
  readonly #runner: RunnerAddress;

  constructor(host = 'host') {
    this.#runner = { id: `${host}-runner`, address: 'unix:/nowhere' };
  }

  async load(order: LoadOrder): Promise<LoadedServable> {
    const name = `${order.model}:${order.version}`;
    await this.#do(`load ${name}`);
    const fault = this.refused.get(name);
    if (fault !== undefined) throw fault;
    await order.checkFiles?.();
    if (this.loaded.has(name)) throw new Error(`${name} is loaded twice`);
    this.loaded.set(name, order);
    const { model, version } = order;
    return { model, version, runner: this.#runner, loadMs: 1, residentBytes: 1 };
  }

  async quiet(model: string, version: number): Promise<void> {
    await this.#do(`quiet ${model}:${version}`);
  }

  async unload(model: string, version: number): Promise<void> {
    await this.#do(`unload ${model}:${version}`);
    if (!this.loaded.delete(`${model}:${version}`)) throw new Error('not loaded');
  }

  async arrange(model: string, { shadow }: Roles): Promise<void> {
    if (shadow === undefined) return;
    await this.#do(`shadow ${model}:${shadow.version} ${shadow.copies}`);
  }

  async setGeneration(model: string, generation: number): Promise<void> {
    await this.#do(`generation ${model} ${generation}`);
  }

  location(model: string, version: number): RunnerLocation | undefined {
    if (!this.loaded.has(`${model}:${version}`)) return undefined;
    return { runner: this.#runner, state: 'ready' };
  }

  runners(): readonly RunnerAddress[] {
    return [this.#runner];
  }

  resident(): readonly RunnerMemory[] {
    return [{ runner: this.#runner.id, keeper: 'shared', bytes: this.memory() }];
  }

  usage(): Promise<ReadonlyMap<string, VersionUsage>> {
    return Promise.resolve(this.used);
  }

  onChange(listener: (change: RunnerChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something happens by itself. */
  happens(change: RunnerChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Holds a piece of work back; the answer lets it go on. */
  hold(work: string): () => void {
    let release: () => void = () => undefined;
    this.held.set(work, new Promise((resolve) => (release = resolve)));
    return () => {
      this.held.delete(work);
      release();
    };
  }

  async #do(work: string): Promise<void> {
    this.events.push(work);
    await this.held.get(work);
    await Promise.resolve();
  }
}
