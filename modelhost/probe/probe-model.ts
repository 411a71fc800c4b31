import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import type { FromProbe, ToProbe } from '../runner/probe/probe-messages';
import { endsWithParent } from '../runners/ends-with-parent';
import { processState } from '../runners/process-state';
import { runnerEnvironment } from '../runners/runner-process';
import type { ProbeOrder, ProbeReport, RowTime } from './probe-report';

/** The model is rejected because its try took more memory than it may. */
export class TooMuchMemory extends ShoalError {}

/** Loads and runs a model once in a process of its own. */
export type ProbeModel = (order: ProbeOrder) => Promise<ProbeReport>;

const probeMain = path.join(__dirname, '../runner/probe/main.js');

/**
 * How often the probe's memory is looked at. Node cannot set resource limits of a child, and a
 * limit on address space would hit V8's reservations; what is taken between two looks is some ten
 * megabytes at the speed at which models are read.
 */
const memoryLookMs = 15;

/**
 * Rejects with model_rejected and the reason: the runtime refuses the model, it crashes, it takes
 * too long or too much memory. Whatever it does, it does it in a throw-away process, which has ended
 * then.
 */
export const probeModel: ProbeModel = async (order) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'shoal-probe-'));
  const probe = new Probe(order, directory);
  try {
    return await probe.report;
  } finally {
    // What it took is free then, for the next one.
    await probe.ended;
    await rm(directory, { recursive: true, force: true });
  }
};

class Probe {
  readonly report: Promise<ProbeReport>;
  /** Resolves when its process is no more. */
  readonly ended: Promise<void>;
  readonly #order: ProbeOrder;
  readonly #child: ChildProcess;
  #doing: 'starting' | 'loading' | 'running' = 'starting';
  #report: ProbeReport | undefined;
  readonly #times: RowTime[] = [];
  /** Why this process killed it. */
  #killed = '';
  #tooMuchMemory = false;

  constructor(order: ProbeOrder, workingDirectory: string) {
    this.#order = order;
    this.#child = fork(probeMain, [order.runtime ?? ''], {
      cwd: workingDirectory,
      env: { ...runnerEnvironment },
      ...endsWithParent,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', resolve);
      this.#child.once('error', resolve);
    });
    this.report = new Promise<ProbeReport>((resolve, reject) => {
      this.#listen(resolve, reject);
    });
  }

  #listen(resolve: (report: ProbeReport) => void, reject: (error: Error) => void): void {
    const child = this.#child;
    const looks = setInterval(() => {
      this.#look();
    }, memoryLookMs);
    let timer: NodeJS.Timeout | undefined;
    child.on('message', (message: FromProbe) => {
      if (message.kind === 'up') {
        timer = setTimeout(() => {
          this.#kill(`it took more than ${this.#order.timeLimitMs} ms`);
        }, this.#order.timeLimitMs);
      }
      this.#take(message, resolve, reject);
    });
    const ended = (how: string): void => {
      clearInterval(looks);
      clearTimeout(timer);
      // What was measured beside the report decides nothing, also where it ends the process.
      if (this.#report === undefined) reject(this.#explain(how));
      else resolve(this.#whole(this.#report));
    };
    child.on('exit', (code, signal) => {
      ended(signal ?? `exit code ${code ?? 0}`);
    });
    child.on('error', (error) => {
      if (child.pid === undefined) ended(error.message);
    });
  }

  #take(
    message: FromProbe,
    resolve: (report: ProbeReport) => void,
    reject: (error: Error) => void,
  ): void {
    switch (message.kind) {
      case 'up':
        this.#doing = 'loading';
        this.#child.send(this.#question(), () => undefined);
        break;
      case 'loaded':
        this.#doing = 'running';
        break;
      case 'report': {
        const { loadMs, residentBytes: bytes, trial } = message;
        this.#report = { loadMs, residentBytes: Math.max(0, bytes), ...trial };
        if (this.#order.sizes === undefined) resolve(this.#report);
        break;
      }
      case 'measured':
        this.#times.push(message.time);
        break;
      case 'done':
        if (this.#report !== undefined) resolve(this.#whole(this.#report));
        break;
      case 'error':
        if (this.#report !== undefined) resolve(this.#whole(this.#report));
        else reject(new ShoalError(message.code, message.message));
        break;
    }
  }

  #whole(report: ProbeReport): ProbeReport {
    return this.#order.sizes === undefined ? report : { ...report, rowTimes: this.#times };
  }

  #question(): ToProbe {
    const { path: file, signature, padTo = null, warmUps = [], sizes = [] } = this.#order;
    return { path: file, signature, padTo, warmUps, sizes };
  }

  #look(): void {
    const { memoryLimitBytes } = this.#order;
    if (processState(this.#child.pid ?? 0).residentBytes <= memoryLimitBytes) return;
    this.#tooMuchMemory ||= this.#killed === '';
    this.#kill(`it took more than ${memoryLimitBytes} bytes of memory`);
  }

  #kill(reason: string): void {
    if (this.#killed === '') this.#killed = reason;
    this.#child.kill('SIGKILL');
  }

  #explain(how: string): ShoalError {
    if (this.#doing === 'starting' && this.#killed === '') {
      return new ShoalError('internal', `The probe of the model could not start (${how}).`);
    }
    const when = this.#doing === 'running' ? 'run on made-up input' : 'loaded';
    const what =
      this.#killed === '' ? `it ends the process that it runs in (${how})` : this.#killed;
    const message = `The model cannot be served: when ${when}, ${what}.`;
    return this.#tooMuchMemory
      ? new TooMuchMemory('model_rejected', message)
      : new ShoalError('model_rejected', message);
  }
}
