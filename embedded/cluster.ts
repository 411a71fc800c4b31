import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../core/logging';
import { createChild, type Child, type Ending } from './child';
import type { Front } from './front';
import type { Program, Programs } from './programs';

/** A modelhost of the embedded cluster, as its control socket reports it. */
export interface HostStatus {
  readonly id: string;
  /** 0 between a death and the restart. */
  readonly pid: number;
  readonly ready: boolean;
}

/** The part of the cluster that the control socket may use. */
export interface Scalable {
  size(): number;
  status(): Promise<readonly HostStatus[]>;
  /**
   * Brings the number of modelhosts to `to`; resolves when new ones serve and old ones are gone.
   * Rejects with a sentence for the user.
   */
  scale(to: number): Promise<void>;
}

export interface ClusterOptions {
  readonly programs: Programs;
  readonly front: Front;
  readonly logger: Logger;
  /** Longest wait for modelhosts to serve. */
  readonly startTimeoutMs: number;
  /** A process that has not ended so long after SIGTERM is killed. */
  readonly graceMs: number;
}

const pollMs = 50;

/** The processes of one embedded cluster. */
export class Cluster implements Scalable {
  readonly #options: ClusterOptions;
  readonly #hosts = new Map<number, Child>();
  #inferrer: Child | undefined;
  #metrics: Child | undefined;
  #starting = true;
  #fatal: string | undefined;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  /** Starts all; resolves when every modelhost serves. Rejects with a sentence for the user. */
  async start(hosts: number): Promise<void> {
    this.#inferrer = this.#launch(this.#options.programs.inferrer);
    this.#metrics = this.#launch(this.#options.programs.metrics);
    this.#addHosts(hosts);
    await this.#untilAllServe();
    this.#starting = false;
  }

  size(): number {
    return this.#hosts.size;
  }

  async status(): Promise<readonly HostStatus[]> {
    const serving = await this.#serving();
    return [...this.#hosts.values()].map((child) => ({
      id: child.name,
      pid: child.pid(),
      ready: serving.has(child.name),
    }));
  }

  async scale(to: number): Promise<void> {
    const newestFirst = [...this.#hosts.keys()].sort((a, b) => b - a);
    await this.#leave(newestFirst.slice(0, Math.max(0, this.size() - to)));
    this.#addHosts(to);
    await this.#untilAllServe();
  }

  /** What takes requests stops before what computes them. */
  async stopInferrer(): Promise<void> {
    await this.#stop(this.#inferrer === undefined ? [] : [this.#inferrer]);
  }

  async stopModelhosts(): Promise<void> {
    await this.#stop([...this.#hosts.values()]);
  }

  async stopMetrics(): Promise<void> {
    await this.#stop(this.#metrics === undefined ? [] : [this.#metrics]);
  }

  #launch(program: Program): Child {
    const onDeath = (name: string, ending: Ending): void => {
      if (this.#starting) this.#fatal ??= deathSentence(name, ending);
    };
    return createChild({ program, logger: this.#options.logger, onDeath });
  }

  #addHosts(to: number): void {
    for (let number = 1; this.#hosts.size < to; number += 1) {
      if (this.#hosts.has(number)) continue;
      this.#hosts.set(number, this.#launch(this.#options.programs.modelhost(number)));
    }
  }

  async #leave(numbers: readonly number[]): Promise<void> {
    const leaving = numbers.flatMap((number) => this.#hosts.get(number) ?? []);
    for (const number of numbers) this.#hosts.delete(number);
    await this.#stop(leaving);
    const names = new Set(leaving.map(({ name }) => name));
    const gone = async (): Promise<boolean> =>
      !(await this.#options.front.hosts()).some(({ id }) => names.has(id));
    await this.#until(gone, () => 'the inferrer still lists a modelhost that has left');
  }

  async #serving(): Promise<ReadonlySet<string>> {
    const seen = await this.#options.front.hosts();
    return new Set(seen.filter(({ ready, draining }) => ready && !draining).map(({ id }) => id));
  }

  async #untilAllServe(): Promise<void> {
    let missing: readonly string[] = [];
    const all = async (): Promise<boolean> => {
      const serving = await this.#serving();
      missing = [...this.#hosts.values()].map(({ name }) => name).filter((id) => !serving.has(id));
      return missing.length === 0 && (await this.#options.front.ready());
    };
    await this.#until(all, () => `not ready: ${missing.join(', ') || 'the inferrer'}`);
  }

  async #until(done: () => Promise<boolean>, what: () => string): Promise<void> {
    const { startTimeoutMs } = this.#options;
    const deadline = Date.now() + startTimeoutMs;
    while (!(await done())) {
      if (this.#fatal !== undefined) throw new Error(this.#fatal);
      if (Date.now() > deadline) throw new Error(`After ${startTimeoutMs} ms ${what()}.`);
      await pause(pollMs);
    }
  }

  async #stop(children: readonly Child[]): Promise<void> {
    this.#starting = false;
    const clean = await Promise.all(children.map((child) => child.stop(this.#options.graceMs)));
    const unclean = children.filter((_, index) => clean[index] === false).map(({ name }) => name);
    if (unclean.length > 0) throw new Error(`did not end cleanly: ${unclean.join(', ')}`);
  }
}

function deathSentence(name: string, { code, signal }: Ending): string {
  const how = signal ?? `exit code ${code ?? 0}`;
  return `${name} ended while the cluster was starting (${how}); its last lines above say why.`;
}
