import { fork, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import type { RunnerAddress } from '../../protocol/cluster/heartbeat';
import type {
  FromRunner,
  LoadMeasure,
  MarkUsage,
  RunnerLoad,
  RunnerStart,
  ToRunner,
} from '../runner/control';
import { readCurrentMark, type MarkedRun } from '../runner/current-mark';
import { endsWithParent } from './ends-with-parent';
import { makeLessUrgent } from './less-urgent';
import type { KillReason, RunnerDeath } from './runner-death';
import { RunnerWatch, type RunnerLimits } from './runner-watch';
import { ToldUsage } from './told-usage';

/** The process ended before it answered. */
export class RunnerGone extends Error {}

export interface RunnerProcessOptions {
  readonly start: Omit<RunnerStart, 'kind'>;
  /** Host name or address under which others reach the runner's TCP port. */
  readonly advertiseHost: string;
  /** An empty directory: relative paths in a model must not lead anywhere. */
  readonly workingDirectory: string;
  /** Its whole environment, besides what every runner has. */
  readonly environment: Readonly<Record<string, string>>;
  /** Directory of the runtime's package; absent or '': the one that comes with the server. */
  readonly runtime?: string;
  readonly limits: RunnerLimits;
  /** What others do goes before what it does, where the system knows such a thing. */
  readonly lessUrgent?: boolean;
  readonly onGrown?: () => void;
}

/**
 * What every runner has in its environment: the runtime reports nothing to anybody, and what a
 * released version had goes back to the system. With glibc's own thresholds, which grow, it mostly
 * stays; fixed ones also let the growth at a load be what the version takes.
 */
export const runnerEnvironment = {
  ORT_DISABLE_TELEMETRY: '1',
  MALLOC_MMAP_THRESHOLD_: String(1024 ** 2),
  MALLOC_TRIM_THRESHOLD_: String(1024 ** 2),
} as const;

const runnerMain = path.join(__dirname, '../runner/main.js');

const nothing: LoadMeasure = { loadMs: 0, residentBytes: 0 };

/** How long a change waits for what is less urgent, in milliseconds. */
const awaitedMs = 500;

type Done = Extract<FromRunner, { kind: 'done' }>;

interface Call {
  readonly resolve: (done: Done) => void;
  readonly reject: (error: Error) => void;
}

type Unnumbered<Message> = Message extends { call: number } ? Omit<Message, 'call'> : never;

/** One child process from its start to its death. */
export class RunnerProcess {
  readonly id: string;
  /** Where it takes frames; set when `listening` has resolved. */
  address: RunnerAddress | undefined;
  readonly listening: Promise<RunnerAddress>;
  readonly died: Promise<RunnerDeath>;
  readonly #child: ChildProcess;
  readonly #options: RunnerProcessOptions;
  readonly #calls = new Map<number, Call>();
  readonly #watch: RunnerWatch;
  #nextCall = 1;
  #loading = 0;
  readonly #usage: ToldUsage;
  readonly #startedAt = performance.now();
  #killedFor: KillReason | undefined;
  #dead = false;

  constructor(options: RunnerProcessOptions, onDeath: (death: RunnerDeath) => void) {
    this.id = options.start.id;
    this.#options = options;
    this.#usage = new ToldUsage({
      ask: async () => (await this.#ask({ kind: 'usage' })).usage ?? [],
      running: () => readCurrentMark(options.start.markPath).mark,
    });
    this.#child = fork(runnerMain, [options.runtime ?? ''], {
      cwd: options.workingDirectory,
      env: { ...options.environment, ...runnerEnvironment },
      ...endsWithParent,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    if (options.lessUrgent === true) makeLessUrgent(this.#child.pid);
    this.listening = new Promise((resolve, reject) => {
      this.#calls.set(0, { resolve: () => undefined, reject });
      this.#child.on('message', (message: FromRunner) => {
        if (message.kind === 'listening') resolve(this.#listens(message.port));
        else this.#answered(message);
      });
    });
    this.died = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        resolve(this.#ended({ code, signal }, onDeath));
      };
      this.#child.once('exit', end);
      this.#child.once('error', () => {
        if (this.#child.pid === undefined) end(1, null);
      });
    });
    this.listening.catch(() => undefined);
    this.#watch = this.#watched();
    this.#send({ kind: 'start', ...options.start });
  }

  #watched(): RunnerWatch {
    return new RunnerWatch(this.#options.limits, {
      pid: this.#child.pid,
      busyLoading: () => this.#loading > 0 || this.address === undefined,
      ping: () => this.#ask({ kind: 'ping' }),
      kill: (reason) => {
        this.kill(reason);
      },
      onGrown: () => this.#options.onGrown?.(),
    });
  }

  /** What inferrers are told of it, once it listens. */
  get told(): RunnerAddress | undefined {
    return this.address === undefined
      ? undefined
      : { ...this.address, quietMs: this.#watch.quietMs };
  }

  /** It has ended. */
  get gone(): boolean {
    return this.#dead;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Rejects with RunnerGone, or with the ShoalError for which the model was refused. */
  async load(order: Omit<RunnerLoad, 'kind' | 'call'>): Promise<LoadMeasure> {
    this.#loading++;
    try {
      const { loaded = nothing } = await this.#ask({ kind: 'load', ...order });
      this.#watch.holds(order.mark, loaded.residentBytes);
      return loaded;
    } finally {
      this.#loading--;
    }
  }

  async unload(version: { model: string; version: number; mark: number }): Promise<void> {
    await this.#ask({ kind: 'unload', ...version });
    this.#watch.released(version.mark);
  }

  /** Resolves when no batch of it has begun for a moment and none is there. */
  async quiet(version: { model: string; version: number; mark: number }): Promise<void> {
    await this.#ask({ kind: 'quiet', ...version });
  }

  /** How its versions are used, as far as that is known within so many milliseconds. */
  usage(withinMs: number): Promise<readonly MarkUsage[]> {
    return this.#usage.within(withinMs);
  }

  /** Requests wait until all runners know of a change: one that is less urgent is ended for it. */
  async setGeneration(model: string, generation: number): Promise<void> {
    const late =
      this.#options.lessUrgent === true &&
      setTimeout(() => {
        this.kill('awaited');
      }, awaitedMs);
    try {
      await this.#ask({ kind: 'generation', model, generation });
    } finally {
      clearTimeout(late || undefined);
    }
  }

  /** Lets it finish what it has, for at most so long. */
  async stop(withinMs: number): Promise<void> {
    this.#killedFor ??= 'stopping';
    this.#send({ kind: 'stop' });
    const timer = setTimeout(() => {
      this.kill('stopping');
    }, withinMs);
    await this.died;
    clearTimeout(timer);
  }

  kill(reason: KillReason): void {
    this.#killedFor ??= reason;
    this.#child.kill('SIGKILL');
  }

  #listens(port: number): RunnerAddress {
    this.#calls.delete(0);
    const { socketPath } = this.#options.start;
    const address =
      socketPath === '' ? `tcp:${this.#options.advertiseHost}:${port}` : `unix:${socketPath}`;
    this.address = { id: this.id, address };
    return this.address;
  }

  #ask(message: Unnumbered<ToRunner>): Promise<Done> {
    if (this.#dead) return Promise.reject(new RunnerGone());
    const call = this.#nextCall++;
    return new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject });
      this.#send({ ...message, call });
    });
  }

  #send(message: ToRunner): void {
    // A failed write means that the process is gone; its end is told by `exit`.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #answered(message: Exclude<FromRunner, { kind: 'listening' }>): void {
    const call = this.#calls.get(message.call);
    this.#calls.delete(message.call);
    if (message.kind === 'done') call?.resolve(message);
    else call?.reject(new ShoalError(message.code, message.message));
  }

  /** What it was at when it ended; its files go. */
  #leftFiles(): MarkedRun {
    const { markPath, socketPath } = this.#options.start;
    const at = readCurrentMark(markPath);
    try {
      for (const file of [markPath, socketPath]) if (file !== '') rmSync(file, { force: true });
    } catch {
      // What cannot be removed now goes with the directory of all runners.
    }
    return at;
  }

  #ended(
    end: { code: number | null; signal: NodeJS.Signals | null },
    onDeath: (death: RunnerDeath) => void,
  ): RunnerDeath {
    this.#dead = true;
    this.#watch.end();
    const at = this.#leftFiles();
    const ageMs = performance.now() - this.#startedAt;
    const death = { ...end, killedFor: this.#killedFor, ageMs, at };
    onDeath(death);
    for (const call of this.#calls.values()) call.reject(new RunnerGone());
    this.#calls.clear();
    return death;
  }
}
